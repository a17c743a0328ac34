// What a dialog that chooses files is asked, whoever shows it.
// Thread: any.
#pragma once

#include <filesystem>
#include <string>

namespace dropline::ui {

enum class ChooserKind { files, folder };

struct ChooserQuestion {
    ChooserKind kind = ChooserKind::files;
    std::string title;
    std::string accept_label;            // on the button that says yes
    std::string parent_window;           // as portal_name_of says it; may be empty
    std::filesystem::path start_folder;  // absolute, a wish; empty: the dialog's own choice
};

}  // namespace dropline::ui
