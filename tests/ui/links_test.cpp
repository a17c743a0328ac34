// What of a message can be clicked, and what is said about it first.
#include "ui/model/links.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

namespace dropline::ui {
namespace {

/// The links of a text, joined by '|'.
std::string links_of(const std::string& text) {
    std::string all;
    for (const LinkSpan& span : find_links(text)) {
        all += (all.empty() ? "" : "|") + text.substr(span.begin, span.end - span.begin);
    }
    return all;
}

TEST_CASE("http and https are links, up to where a reader sees their end") {
    CHECK(links_of("see https://example.org/a?b=c#d now") == "https://example.org/a?b=c#d");
    CHECK(links_of("(http://example.org/).") == "http://example.org/");
    CHECK(links_of("http://en.wikipedia.org/wiki/C_(x)") == "http://en.wikipedia.org/wiki/C_(x)");
    CHECK(links_of("HTTPS://EXAMPLE.ORG, http://b.de") == "HTTPS://EXAMPLE.ORG|http://b.de");
    CHECK(links_of("看https://例子.中国/路径 好") == "https://例子.中国/路径");
    CHECK(links_of("http://[fd00::1]:8080/x") == "http://[fd00::1]:8080/x");
    CHECK(links_of("no link here, nor http:// there").empty());
}

TEST_CASE("B5: nothing but http and https can be clicked") {
    const auto* const text =
        GENERATE("file:///etc/passwd", "smb://host/share", "\\\\host\\x", "javascript:alert(1)",
                 "javascript://x%0aalert(1)", "-option", "--help", "ftp://a.b", "data:text/html,x",
                 "mailto:a@b.c", "ssh://-oProxyCommand=x/", "vbscript:x", "ms-settings://x",
                 "x-https://a.b", "view-source:https://a.b", "http:/a.b", "http:a.b",
                 "https:///a.b", "http://", "http://?q", "http://@/");
    CHECK(links_of(text).empty());
    CHECK_FALSE(look_at_link(text));
}

TEST_CASE("B5: a host that browsers might read in another way is no link") {
    const auto* const text =
        GENERATE("http://a.b\\@evil.example/", "http://%65vil.example/", "http://a b/",
                 "http://a.b:99999x/", "http://a..b/", "http://a_b.c`id`/", "http://$(id).b/",
                 "http://a.b;c/", "http://[::1/", "http://[x]/", "http://a\u202eb.c/",
                 "http://a\u200bb.c/", "http://a.b\n-x", "http://\xff/");
    const auto links = find_links(text);
    CAPTURE(text);
    for (const LinkSpan& span : links) {
        const std::string found = std::string(text).substr(span.begin, span.end - span.begin);
        // What comes before a forbidden character may be a link of its own, and says so.
        CHECK((found == "http://a.b" || found == "http://a"));
    }
    CHECK_FALSE(look_at_link(text));
}

TEST_CASE("B5: what stands before an at sign is shown as no host") {
    const auto link = look_at_link("http://www.bank.example@evil.example:81/login");
    REQUIRE(link);
    CHECK(link->host == "evil.example");
    CHECK(link->user == "www.bank.example");
    const auto twice = look_at_link("https://a@b@c.example/");
    REQUIRE(twice);
    CHECK(twice->host == "c.example");
    CHECK(look_at_link("http://a.example/@b")->user.empty());
    CHECK(look_at_link("http://a.example?@b")->host == "a.example");
}

TEST_CASE("a foreign name is shown as the network knows it, with a warning where it deceives") {
    const auto chinese = look_at_link("https://例子.中国/路");
    REQUIRE(chinese);
    CHECK(chinese->host == "xn--fsqu00a.xn--fiqs8s");
    CHECK(chinese->written_host == "例子.中国");
    CHECK_FALSE(chinese->is_look_alike);
    CHECK(chinese->url == "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF");

    // One Cyrillic letter in a Latin name; and a name that is Cyrillic altogether.
    CHECK(look_at_link("https://ex\u0430mple.org/")->is_look_alike);
    CHECK(look_at_link("https://\u0430\u0440\u0440\u04cf\u0435.com/")->is_look_alike);
    CHECK_FALSE(look_at_link("https://example.org/")->is_look_alike);
}

TEST_CASE(
    "what is opened is ASCII and begins with its scheme, so that no program takes it for an "
    "option") {
    const auto* const text = GENERATE("http://a.example", "HTTP://A.example/ü?ö#ä",
                                      "https://u:p@a.example:8080/x;y=z&'", "https://[::1]/");
    const auto link = look_at_link(text);
    REQUIRE(link);
    CHECK((link->url.starts_with("http://") || link->url.starts_with("https://")));
    for (const char c : link->url) {
        CHECK(static_cast<unsigned char>(c) > 0x20);
        CHECK(static_cast<unsigned char>(c) < 0x7f);
    }
}

TEST_CASE("a message of nothing but links has a bounded number of them") {
    std::string text;
    while (text.size() < 8000) text += "http://a.b ";
    CHECK(find_links(text).size() == links_per_message_max);
    CHECK_FALSE(look_at_link("http://a.b/" + std::string(link_bytes_max, 'x')));
}

}  // namespace
}  // namespace dropline::ui
