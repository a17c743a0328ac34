// Room passwords: which are long enough, one spelling for each, and good ones made for people.
// Thread: any; pure but for the making.
#pragma once

#include <string_view>

#include "net/api/fault.hpp"
#include "net/api/secret.hpp"

namespace dropline {

/// Five proquints (arXiv:0901.4016), words of five letters that can be said, such as
/// "lusab-babad-gutih-tugad-mipor": 80 random bits.
Secret make_room_password();

/// True for the form that `make_room_password` makes: too much to be guessed from a transcript.
bool is_made_password(std::string_view password);

/// In the one spelling that is proven (NFC, white space at the ends gone), for a member as well as
/// a host. Fault: bad_request when it is empty, not UTF-8 or too long; it is never repeated.
Result<Secret> normalised_password(const Secret& typed);

/// As above, and at least limits::password_characters_min characters: for a host who sets one.
Result<Secret> acceptable_password(const Secret& typed);

}  // namespace dropline
