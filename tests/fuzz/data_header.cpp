// The frames of a bulk connection, for both parsers of them, in every phase.
#include <algorithm>
#include <optional>
#include <utility>

#include "net/api/safe_text.hpp"
#include "net/transfer/data_frame.hpp"
#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// What one of the parsers made of a stream.
struct Account {
    std::vector<std::string> frames;  // header and payload, as they would be sent again
    bool is_faulty = false;

    friend bool operator==(const Account&, const Account&) = default;
};

std::string sent_again(const DataHeader& header, std::span<const std::byte> payload) {
    const std::vector<std::byte> frame = encode_frame(header, payload);
    return {reinterpret_cast<const char*>(frame.data()), frame.size()};
}

void check_payload(const DataHeader& header, std::span<const std::byte> payload) {
    const PayloadBounds bounds = payload_bounds(header.kind);
    require(payload.size() == header.payload_bytes && payload.size() >= bounds.bytes_min &&
                payload.size() <= bounds.bytes_max,
            "a payload is as long as announced and within its bounds");
    if (header.kind == DataKind::stop) {
        const Fault why = decode_stop(payload);
        require(escape_for_display(why.sentence) == why.sentence,
                "the other side's reason steers no terminal");
    }
    if (header.kind == DataKind::waits_for) {
        const Bottleneck bottleneck = decode_bottleneck(payload[0]);
        require(decode_bottleneck(encode_bottleneck(bottleneck)) == bottleneck,
                "what is waited for is understood when it is said again");
    }
}

void check_fault(const Fault& fault) {
    require(fault.code == FaultCode::protocol_error, "bad bytes are a protocol error");
    require(escape_for_display(fault.sentence) == fault.sentence,
            "a fault shows nothing of the other side that could steer a terminal");
}

/// As the sender reads: a whole frame at a time, into the parser's own space.
Account read_frames(DataPhase phase, std::string_view stream, std::size_t portion_bytes) {
    DataFrameParser parser(phase);
    Account account;
    while (!stream.empty()) {
        const std::span<std::byte> space = parser.space();
        require(!space.empty(), "there is always room for the next byte");
        const std::size_t count = std::min({space.size(), stream.size(), portion_bytes});
        std::ranges::copy(bytes_of(stream.substr(0, count)), space.begin());
        stream.remove_prefix(count);
        const auto frame = parser.took(count);
        if (!frame) {
            check_fault(frame.fault());
            account.is_faulty = true;
            return account;
        }
        if (!*frame) continue;
        check_payload((*frame)->header, (*frame)->payload);
        account.frames.push_back(sent_again((*frame)->header, (*frame)->payload));
    }
    return account;
}

/// As the receiver reads: bytes of files in whatever pieces they come.
Account read_pieces(DataPhase phase, std::string_view stream, std::size_t portion_bytes) {
    DataStreamParser parser(phase);
    Account account;
    std::string data;  // of the data frame that is under way
    while (!stream.empty()) {
        std::span<const std::byte> portion = bytes_of(stream.substr(0, portion_bytes));
        stream.remove_prefix(portion.size());
        while (true) {
            const auto piece = parser.next(portion);
            if (!piece) {
                check_fault(piece.fault());
                account.is_faulty = true;
                return account;
            }
            if (!*piece) break;
            const auto& [header, offset, payload] = **piece;
            if (header.kind != DataKind::data) {
                check_payload(header, payload);
                account.frames.push_back(sent_again(header, payload));
                continue;
            }
            require(offset == header.offset + data.size(), "pieces follow each other");
            data.append(reinterpret_cast<const char*>(payload.data()), payload.size());
            if (data.size() < header.payload_bytes) continue;
            account.frames.push_back(sent_again(header, bytes_of(data)));
            data.clear();
        }
        require(portion.empty(), "what was received is taken");
    }
    return account;
}

/// Every field survives, and nothing but the fields is in a header.
void check_header(std::string_view input) {
    if (input.size() < data_header_bytes) return;
    const auto bytes = bytes_of(input).first<data_header_bytes>();
    const auto header = decode_data_header(bytes);
    if (!header) return check_fault(header.fault());
    require(std::ranges::equal(encode_data_header(*header), bytes),
            "a header that is understood is the one that we would write");
}

void check(std::string_view input) {
    Choices choices(input);
    const DataPhase phase = all_data_phases[choices.byte() % all_data_phases.size()];
    const std::size_t portion_bytes = choices.number_up_to(256);
    check_header(choices.rest());
    const Account frames = read_frames(phase, choices.rest(), portion_bytes);
    const Account pieces = read_pieces(phase, choices.rest(), portion_bytes);
    require(frames == pieces, "both parsers understand a stream alike");
    std::string all;
    for (const std::string& frame : frames.frames) all += frame;
    require(choices.rest().starts_with(all), "what was understood is what was received");
}

std::vector<std::string> seeds() {
    std::vector<std::string> seeds;
    for (std::size_t phase = 0; phase < all_data_phases.size(); ++phase) {
        for (const DataKind kind : all_data_kinds) {
            if (!is_allowed(all_data_phases[phase], kind)) continue;
            const PayloadBounds bounds = payload_bounds(kind);
            const std::string payload(std::min<std::uint32_t>(bounds.bytes_max, 40), 'x');
            const std::string frame = sent_again({.kind = kind}, bytes_of(payload));
            std::string chosen = {static_cast<char>(phase), '\x0f'};
            chosen += frame;
            chosen += frame;
            seeds.push_back(std::move(chosen));
        }
    }
    return seeds;
}

}  // namespace

Target data_header() { return {"data_header", 4096, check, seeds}; }

}  // namespace dropline::fuzz
