// Names that others gave: of files, lists of them, and of people. Each line of the input is one.
#include "net/transfer/safe_name.hpp"

#include <set>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/transfer/distinct_names.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/transfer/hostile_names.hpp"

namespace dropline::fuzz {

namespace {

/// Said without the code that makes names safe.
void check_component(std::string_view name) {
    require(!name.empty() && name != "." && name != "..", "a name names something");
    require(name.size() <= limits::file_name_bytes_max, "a name fits any disk");
    require(is_valid_utf8(name), "a name is text");
    require(name.find_first_of(std::string_view("/\\<>:\"|?*\0", 10)) == name.npos,
            "a name holds nothing with a meaning to a system");
    require(name.back() != '.' && name.back() != ' ', "a name ends in what Windows keeps");
    require(escape_for_display(name) == name, "a name steers no terminal");
    for (const char* device : {"con", "nul", "aux", "prn", "com1", "lpt9"}) {
        require(fold_case(name) != device, "a name is no device");
    }
    const auto again = make_safe_component(name);
    require(again && again->relative == name && !again->was_changed, "a safe name stays as it is");
}

void check_numbered(std::string_view name) {
    for (const std::size_t number : {1U, 2U, 4'000'000'000U}) {
        for (const std::string& other :
             {numbered_name(name, number), part_name(name, number), staging_name(name, number)}) {
            require(other.size() <= limits::file_name_bytes_max, "a numbered name fits any disk");
            require(is_valid_utf8(other), "a numbered name is text");
            require(other.find('/') == other.npos && other != "." && other != "..",
                    "a numbered name stays in its folder");
        }
        require(part_name(name, number) != name, "what is unfinished has another name");
    }
}

void check_path(std::string_view sent) {
    const auto component = make_safe_component(sent);
    if (component) {
        check_component(component->relative);
        check_numbered(component->relative);
        require(component->was_changed == (component->relative != sent), "a change is admitted");
    } else {
        require(component.fault().code == FaultCode::bad_name, "a name is bad by its name");
        const std::string& why = component.fault().sentence;
        require(escape_for_display(why) == why && why.size() < 2048, "a fault can be shown");
    }
    const auto path = make_safe_path(sent);
    if (!path) return;
    require(path->relative.size() <= limits::path_bytes_max, "a path fits any system");
    std::string_view rest = path->relative;
    std::size_t depth = 0;
    for (bool is_last = false; !is_last; ++depth) {
        const std::size_t slash = rest.find('/');
        is_last = slash == rest.npos;
        check_component(rest.substr(0, slash));
        if (!is_last) rest.remove_prefix(slash + 1);
    }
    require(depth <= limits::path_depth_max, "a path is not too deep");
    const auto again = make_safe_path(path->relative);
    require(again && again->relative == path->relative, "a safe path stays as it is");
    require(again->is_risky == path->is_risky, "a risk stays one");
}

void check_person(std::string_view sent) {
    const auto name = make_safe_person_name(sent);
    if (!name) {
        require(name.fault().code == FaultCode::bad_name, "a name is bad by its name");
        return;
    }
    require(!name->empty() && name->size() <= limits::name_bytes_max &&
                count_graphemes(*name) <= limits::name_graphemes_max,
            "a person's name is within its limits");
    require(escape_for_display(*name) == *name, "a person's name steers no terminal");
    const auto again = make_safe_person_name(*name);
    require(again && *again == *name, "a person's name stays as it is");
}

void check_together(const std::vector<std::string>& paths) {
    DistinctNames names;
    std::set<std::string> keys;
    for (const std::string& path : paths) {
        const bool is_folder = path.size() % 2 == 0;
        if (!names.add(path, is_folder)) return;
        require(keys.insert(name_key(path)).second, "no two names are one on a disk");
    }
}

void check(std::string_view input) {
    std::vector<std::string> safe_paths;
    while (!input.empty()) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(input.size(), line.size() + 1));
        check_path(line);
        check_person(line);
        if (auto path = make_safe_path(line)) safe_paths.push_back(std::move(path->relative));
    }
    check_together(safe_paths);
}

std::vector<std::string> seeds() {
    std::vector<std::string> seeds;
    for (const tests::HostileName& name : tests::hostile_names()) seeds.push_back(name.sent);
    seeds.insert(seeds.end(), {"a/b\na/c\nab", "a\nA", "a\na/b", "x/y\nx", "é\ne\u0301", "C:\nC_",
                               " Zoë \t von  \u200bder \u202e Aue "});
    return seeds;
}

}  // namespace

Target safe_name() { return {"safe_name", 2048, check, seeds}; }

}  // namespace dropline::fuzz
