#include "net/api/join_text.hpp"

#include <algorithm>
#include <utility>

#include "net/api/ascii.hpp"
#include "net/api/password.hpp"
#include "net/api/typed_code.hpp"
#include "net/trust/invite.hpp"

namespace dropline {

namespace {

/// The invite in a text that was copied with what stood around it; empty when there is none.
std::string_view invite_in(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(blanks), text.size());
        if (looks_like_invite(text.substr(0, end))) return text.substr(0, end);
        text = trimmed(text.substr(end));
    }
    return {};
}

Result<JoinTarget> understand_invite(std::string_view link) {
    auto invite = parse_invite(link);
    if (!invite) return invite.fault();
    return JoinTarget{std::move(invite->addresses), invite->host,
                      JoinSecret{SecretKind::invite, std::move(invite->token)},
                      std::move(invite->room)};
}

}  // namespace

Result<JoinTarget> understand_join_text(std::string_view typed) {
    const std::string_view text = trimmed(typed);
    if (const auto invite = invite_in(text); !invite.empty()) return understand_invite(invite);
    const std::size_t blank = text.find_first_of(blanks);
    auto address = parse_host_address(text.substr(0, blank));
    if (!address) return address.fault();
    JoinTarget target{{std::move(*address)}, std::nullopt, std::nullopt, {}};
    if (blank == std::string_view::npos) return target;
    auto secret = understand_secret(Secret(text.substr(blank)));
    if (!secret) return secret.fault();
    target.secret = std::move(*secret);
    return target;
}

Result<JoinSecret> understand_secret(const Secret& typed) {
    auto password = normalised_password(typed);
    if (!password) return password.fault();
    auto code = read_typed_code(password->view());
    if (!code) return JoinSecret{SecretKind::password, std::move(*password)};
    const bool has_dash = password->view().find('-') != std::string_view::npos;
    if (has_dash) return JoinSecret{SecretKind::code, std::move(*code)};
    // As typed: a password has its own case, and the code is read again where it is used.
    return JoinSecret{SecretKind::code_or_password, std::move(*password)};
}

}  // namespace dropline
