#include "app/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"

namespace dropline::app {

namespace {

class EscapedText : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& into) override {
        const std::string text =
            escape_for_display(std::string_view(message.payload.data(), message.payload.size()));
        into.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<EscapedText>();
    }
};

std::unique_ptr<spdlog::formatter> make_formatter() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<EscapedText>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %*");
    return formatter;
}

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::trace: return spdlog::level::trace;
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warn: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
        case LogLevel::off: return spdlog::level::off;
    }
    return spdlog::level::info;
}

/// All loggers of the process write here; sinks can be added while others log.
std::shared_ptr<spdlog::sinks::dist_sink_mt> shared_sink() {
    static const auto sink = std::make_shared<spdlog::sinks::dist_sink_mt>();
    return sink;
}

void add_sink(spdlog::sink_ptr sink) {
    sink->set_formatter(make_formatter());
    shared_sink()->add_sink(std::move(sink));
}

}  // namespace

void start_logging(LogLevel level) {
    shared_sink()->set_sinks({});
    auto logger = std::make_shared<spdlog::logger>("dropline", shared_sink());
    logger->set_level(level_of(level));
    // Whatever ends the program, what happened before stands in the file; paced lines are few.
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void write_to_log(const LogLine& line) {
    switch (line.urgency) {
        case LogUrgency::debug: spdlog::debug("{}", line.text); return;
        case LogUrgency::info: spdlog::info("{}", line.text); return;
        case LogUrgency::warn: spdlog::warn("{}", line.text); return;
    }
}

void log_to_stderr() { add_sink(std::make_shared<spdlog::sinks::stderr_sink_mt>()); }

Result<void> log_to_folder(const std::filesystem::path& dir) {
    try {
        add_sink(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
            (dir / "dropline.log").string(), limits::log_file_bytes_max,
            limits::log_files_max - 1));
        return {};
    } catch (const spdlog::spdlog_ex& error) {
        return Fault{FaultCode::file_error,
                     "The log in " + dir.string() + " cannot be written: " + error.what() + "."};
    }
}

}  // namespace dropline::app
