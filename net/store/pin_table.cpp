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
    const auto put =
        put_host_.first([](const Row& row) { return row.integer(0); }, address, pin.id, pin.label,
                        pin.last_address, to_column(pin.first_seen), pin.is_verified);
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

Result<void> PinTable::put_peer(const Pin& pin) {
    return put_peer_.run(pin.id, pin.label, pin.last_address, to_column(pin.first_seen),
                         pin.is_verified);
}

}  // namespace dropline
