// What somebody pastes or types to get in: invites, codes, addresses with passwords.
#include "net/trust/invite.hpp"

#include <optional>

#include "net/api/join_text.hpp"
#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/typed_code.hpp"
#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

void check_fault(const Fault& fault) {
    require(fault.code == FaultCode::bad_request, "what cannot be read is a bad request");
    require(escape_for_display(fault.sentence) == fault.sentence, "a fault steers no terminal");
}

void check_link(std::string_view link) {
    const auto invite = parse_invite(link);
    if (!invite) return check_fault(invite.fault());
    require(looks_like_invite(link), "what is an invite looks like one");
    require(!invite->addresses.empty() && invite->addresses.size() <= limits::invite_addresses_max,
            "an invite leads somewhere, and to few places");
    require(invite->token.view().size() == 26, "a token has 128 bits");
    require(escape_for_display(invite->room) == invite->room, "a room's name steers no terminal");
    require(invite_id(invite->token).size() == 16, "an invite has an id");
    const std::string written = invite_link(*invite);
    const auto again = parse_invite(written);
    require(again.has_value(), "an invite that was read is read again");
    require(again->host == invite->host && again->token.view() == invite->token.view() &&
                again->room == invite->room && again->is_single_use == invite->is_single_use,
            "an invite says the same when it is handed on");
    require(invite_link(*again) == written, "an invite has one spelling");
}

void check_join_text(std::string_view typed) {
    const auto target = understand_join_text(typed);
    if (!target) return check_fault(target.fault());
    require(!target->addresses.empty() && target->addresses.size() <= limits::invite_addresses_max,
            "a target is somewhere");
    require(escape_for_display(target->text()) == target->text(), "an address steers no terminal");
    if (target->secret) require(!target->secret->text.is_empty(), "a secret is something");
}

void check_code(std::string_view typed) {
    const auto code = read_typed_code(typed);
    if (!code) return;
    const auto again = read_typed_code(typed_code_text(*code));
    require(again && again->view() == code->view(), "a code that is shown is read as the same");
}

void check(std::string_view input) {
    check_link(input);
    check_join_text(input);
    check_code(input);
}

std::vector<std::string> seeds() {
    const std::string key = "B" + std::string(51, 'A');  // zeros are nobody's
    const std::string token(26, 'A');
    const std::string rest = "&k=" + key + "&t=" + token;
    return {"dropline://join?h=10.0.0.5:7788,[fd00::1]:7788" + rest + "&n=Physics%20101&u=1",
            "dropline:join?n=%e6%88%bf%e9%97%b4&t=" + token + "&k=" + key + "&h=lab.local",
            "DROPLINE://join?h=a:1&h=b:2" + rest + "&x=later",
            "dropline://join?h=%00&k=&t=%zz&n=%1b%5b2J",
            "10.0.0.5:7788 7KQX3-MPD9T",
            "[fd00::1]:7788 correct horse battery staple",
            "lab.local",
            "7kqx3mpd9t",
            "o1lo1-lo1lo"};
}

}  // namespace

Target invite() { return {"invite", 2048, check, seeds}; }

}  // namespace dropline::fuzz
