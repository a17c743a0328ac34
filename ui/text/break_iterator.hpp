// Where a text may be taken apart, as ICU knows it.
// Thread: ui; an iterator is used for one text at a time.
#pragma once

#include <unicode/ubrk.h>

#include <memory>

namespace dropline::ui {

struct CloseBreakIterator {
    void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
};
using BreakIteratorPtr = std::unique_ptr<UBreakIterator, CloseBreakIterator>;

/// Opening one reads its rules: keep it. Null when there are none.
inline BreakIteratorPtr open_break_iterator(UBreakIteratorType type) {
    UErrorCode status = U_ZERO_ERROR;
    return BreakIteratorPtr(ubrk_open(type, "", nullptr, 0, &status));
}

}  // namespace dropline::ui
