// Included before everything else in ThreadSanitizer builds. The sanitizer does not see fences, by which
// ReaderWriterQueue orders its memory; the queue tells it with annotations, but only under clang. Here
// are the same annotations for GCC.
#pragma once

extern "C" void AnnotateHappensBefore(const char* file, int line, void* address);
extern "C" void AnnotateHappensAfter(const char* file, int line, void* address);

namespace moodycamel {
inline int fence_seen_by_tsan;
}

#define AE_TSAN_ANNOTATE_RELEASE() \
    AnnotateHappensBefore(__FILE__, __LINE__, &::moodycamel::fence_seen_by_tsan)
#define AE_TSAN_ANNOTATE_ACQUIRE() \
    AnnotateHappensAfter(__FILE__, __LINE__, &::moodycamel::fence_seen_by_tsan)
