#include "net/transfer/risky_names.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "net/api/ascii.hpp"
#include "net/api/unicode.hpp"

namespace dropline {

namespace {

/// Sorted. What Windows, macOS, Linux desktops and Office run, install, mount or import when such a
/// file is opened.
constexpr auto risky_extensions = std::to_array<std::string_view>({
    "action",      "apk",        "app",        "appimage",
    "application", "appref-ms",  "bash",       "bat",
    "bin",         "chm",        "class",      "cmd",
    "com",         "command",    "cpl",        "crx",
    "csh",         "deb",        "desktop",    "diagcab",
    "dll",         "dmg",        "docm",       "dotm",
    "drv",         "dylib",      "elf",        "exe",
    "fish",        "flatpakref", "gadget",     "hlp",
    "hta",         "img",        "inf",        "ins",
    "inx",         "ipa",        "iso",        "isp",
    "jar",         "jnlp",       "job",        "js",
    "jse",         "ksh",        "library-ms", "lnk",
    "lua",         "mde",        "mjs",        "mpkg",
    "msc",         "msh",        "msi",        "msix",
    "msp",         "mst",        "ocx",        "one",
    "out",         "paf",        "php",        "pif",
    "pkg",         "pl",         "potm",       "ppam",
    "ppsm",        "pptm",       "ps1",        "ps1xml",
    "ps2",         "psc1",       "psd1",       "psm1",
    "py",          "pyc",        "pyw",        "pyz",
    "rb",          "reg",        "rgs",        "rpm",
    "run",         "scf",        "scpt",       "scr",
    "sct",         "search-ms",  "service",    "settingcontent-ms",
    "sh",          "shb",        "shs",        "sldm",
    "snap",        "so",         "sys",        "tcl",
    "terminal",    "theme",      "timer",      "tool",
    "url",         "vb",         "vbe",        "vbs",
    "vhd",         "vhdx",       "website",    "workflow",
    "ws",          "wsc",        "wsf",        "wsh",
    "xlam",        "xll",        "xlsm",       "xltm",
    "zsh",
});
static_assert(std::ranges::is_sorted(risky_extensions));

constexpr auto risky_names = std::to_array<std::string_view>({
    "autorun.inf",
    "autoexec.bat",
    "desktop.ini",
    "folder.htt",
});

/// "git~1" is how a Windows disk also calls ".git".
bool has_short_form_mark(std::string_view name) {
    for (std::size_t tilde = name.find('~'); tilde != name.npos;
         tilde = name.find('~', tilde + 1)) {
        if (tilde + 1 < name.size() && is_digit(name[tilde + 1])) return true;
    }
    return false;
}

}  // namespace

bool is_risky_component(std::string_view safe_name) {
    if (safe_name.starts_with('.') || has_short_form_mark(safe_name)) return true;
    const std::string name = fold_case(safe_name);
    if (std::ranges::find(risky_names, name) != risky_names.end()) return true;
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) return false;
    return std::ranges::binary_search(risky_extensions, std::string_view(name).substr(dot + 1));
}

}  // namespace dropline
