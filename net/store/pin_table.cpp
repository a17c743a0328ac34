#include "net/store/pin_table.hpp"

#include "net/store/columns.hpp"

namespace dropline {
namespace {

Pin pin_of(const Row& row) {
    Pin pin;
    pin.id = row.id<PeerId>(0);
    pin.label = row.bytes(1);
    pin.last_address = row.bytes(2);
    pin.first_seen = time_from_column(row.integer(3));
    pin.is_verified = row.integer(4) != 0;
    return pin;
}

}  // namespace

Result<std::optional<Pin>> PinTable::find_host(const std::string& address) {
    return find_host_.first(pin_of, address);
}

Result<void> PinTable::put_host(const std::string& address, const Pin& pin) {
    const auto put = put_host_.first(first_integer, address, pin.id, pin.label, pin.last_address,
                                     to_column(pin.first_seen), pin.is_verified);
    if (!put) return put.fault();
    if (!*put) {
        return Fault{FaultCode::key_changed,
                     "Another key is pinned for " + address + "; it has not been replaced."};
    }
    return {};
}

Result<void> PinTable::forget_host(const std::string& address) { return forget_host_.run(address); }

Result<std::optional<Pin>> PinTable::find_peer(const PeerId& id) {
    return find_peer_.first(pin_of, id);
}

Result<std::vector<HostPin>> PinTable::list_hosts() {
    return list_hosts_.rows(
        [](const Row& row) {
            return HostPin{row.bytes(5), pin_of(row)};
        },
        limit_to_column(rows_per_read_max));
}

Result<void> PinTable::meet_peer(const Pin& pin) {
    return meet_peer_.run(pin.id, pin.label, pin.last_address, to_column(pin.first_seen));
}

Result<void> PinTable::put_person(const PersonPin& person) {
    const Pin& pin = person.pin;
    // The rule goes first: of a half-done change only the careful half may be left.
    if (auto done = forget_rule_.run(pin.id); !done) return done;
    auto put = put_peer_.run(pin.id, pin.label, pin.last_address, to_column(pin.first_seen),
                             pin.is_verified, person.verified_as);
    if (!put || !person.auto_accept) return put;
    return put_rule_.run(pin.id, bytes_to_column(person.auto_accept->bytes_max),
                         Blob{person.auto_accept->into});
}

Result<std::vector<PersonPin>> PinTable::load_people(std::size_t limit) {
    const auto person_of = [](const Row& row) {
        PersonPin person{pin_of(row), std::nullopt, row.bytes(7)};
        const auto bytes_max = static_cast<std::uint64_t>(row.integer(5));
        if (bytes_max > 0) person.auto_accept = AutoAccept{bytes_max, row.bytes(6)};
        return person;
    };
    return load_people_.rows(person_of, static_cast<std::int64_t>(limit));
}

}  // namespace dropline
