// Paths to URIs and back, and what is no path of this machine.
#include "ui/file_uri.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

#include "net/api/limits.hpp"

namespace dropline::ui {
namespace {

TEST_CASE("a path comes back from its URI, whatever bytes are in it") {
    const std::string path = GENERATE(as<std::string>{}, "/", "/home/ann/letter.txt",
                                      "/a b/100%/#1?.txt", "/文件/émile 🎉", "/new\nline\t\x1b",
                                      "/\xff\xfe not UTF-8", "/%2F%00", "/tilde~/-._");
    CAPTURE(path);
    CHECK(path_of_file_uri(file_uri(path)) == path);
}

TEST_CASE("every byte but the slash is escaped or plain, and comes back") {
    std::string path = "/";
    for (int byte = 1; byte < 256; ++byte) path += static_cast<char>(byte);
    CHECK(path_of_file_uri(file_uri(path)) == path);
}

TEST_CASE("a URI may name this machine, have letters of either case, and leave some unescaped") {
    CHECK(path_of_file_uri("file://localhost/a") == "/a");
    CHECK(path_of_file_uri("FILE://LocalHost/a%c3%A9") == "/aé");
    CHECK(path_of_file_uri("file:///Bilder von é/1+1=2") == "/Bilder von é/1+1=2");
}

TEST_CASE("what names no file of this machine is no path") {
    const std::string uri = GENERATE(
        as<std::string>{}, "", "/", "/etc/passwd", "a.txt", "../a", "file", "file:", "file:/a",
        "file://", "file:a", "file:../a", "file://a", "file://localhost", "file://localhost.evil/a",
        "file://localhostx/a", "file://other-host/x", "file://other-host", "file://127.0.0.1/x",
        "file://user@localhost/x", "file://localhost:80/x", "http:///a", "http://host/a",
        "https://host/a", "smb://host/share/a", "sftp://host/a", "data:,x", "javascript:x",
        " file:///a", "xfile:///a", "file:///a?b", "file:///a#b");
    CAPTURE(uri);
    CHECK_FALSE(path_of_file_uri(uri));
}

TEST_CASE("broken escapes, and those that stand for NUL or a slash, are no path") {
    const std::string uri =
        GENERATE(as<std::string>{}, "file:///a%", "file:///a%4", "file:///a%4g", "file:///a%%41",
                 "file:///a%-1", "file:///a% 1", "file:///a%00", "file:///a%00b", "file:///%00",
                 "file:///a%2fb", "file:///a%2F..%2Fb");
    CAPTURE(uri);
    CHECK_FALSE(path_of_file_uri(uri));
    CHECK_FALSE(path_of_file_uri(std::string_view("file:///a\0b", 11)));
}

TEST_CASE("a path may be as long as the limit and no longer") {
    const std::string longest = "/" + std::string(limits::chosen_path_bytes_max - 1, 'x');
    CHECK(path_of_file_uri("file://" + longest) == longest);
    CHECK_FALSE(path_of_file_uri("file://" + longest + "x"));
    // Counted are the bytes it stands for.
    std::string escaped = "file:///";
    for (std::size_t i = 1; i < limits::chosen_path_bytes_max; ++i) escaped += "%78";
    CHECK(path_of_file_uri(escaped) == longest);
    CHECK_FALSE(path_of_file_uri(escaped + "%78"));
}

}  // namespace
}  // namespace dropline::ui
