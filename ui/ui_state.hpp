// What the window remembers that the network does not care about: what is open, typed, selected.
// Thread: ui. Panels change it while they draw; the model is never changed here.
#pragma once

#include <imgui.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "net/api/command.hpp"
#include "net/api/event.hpp"
#include "net/api/node.hpp"
#include "net/api/secret.hpp"
#include "ui/model/links.hpp"
#include "ui/model/offer_choice.hpp"
#include "ui/model/row_heights.hpp"
#include "ui/model/sent_path.hpp"
#include "ui/model/text_edit.hpp"
#include "ui/model/transfers.hpp"
#include "ui/settings.hpp"
#include "ui/text/text_layout.hpp"

namespace dropline::ui {

using Commands = std::vector<Command>;

inline void append(Commands& commands, const Commands& more) {
    commands.insert(commands.end(), more.begin(), more.end());
}

using Paths = std::vector<std::filesystem::path>;

/// What a panel asks of the window around it, because it needs the desktop.
namespace request {
struct ChooseFiles {
    Conversation to;
};
struct ChooseFolderToSend {
    Conversation to;
};
struct ChooseFolderToSave {
    OfferedList list;
    std::vector<std::string> except;  // paths of the offer that are not wanted
};
struct ShowInFolder {
    std::string path;
};
struct ChooseFolderToTrust {  // for what a verified person sends unasked
    PeerId peer;
};
struct OpenLink {
    std::string url;  // of a WebLink
};
}  // namespace request

using WindowRequest =
    std::variant<request::ChooseFiles, request::ChooseFolderToSend, request::ChooseFolderToSave,
                 request::ShowInFolder, request::ChooseFolderToTrust, request::OpenLink>;

/// Where files can be dropped, as drawn in the last frame.
struct DropTarget {
    ImVec2 min;
    ImVec2 max;
    Conversation to;
    double since_s = 0;  // it has been there since, in seconds of ImGui's time
};

/// A message broken into lines, for the width and neighbours it was broken for.
struct MessageLayout {
    float width = 0;
    std::size_t text_bytes = 0;
    TextLayout text;
    std::vector<LinkSpan> links;
};

/// A place in a conversation's text.
struct TextPlace {
    std::size_t row = 0;
    std::size_t byte = 0;
    friend auto operator<=>(const TextPlace&, const TextPlace&) = default;
};

struct TextSelection {
    TextPlace anchor;
    TextPlace head;
    std::uint64_t order_revision = 0;
    bool is_being_made = false;
    bool is_empty() const { return anchor == head; }
};

/// How one conversation is looked at.
struct ConversationView {
    RowHeights heights;
    std::unordered_map<std::uint32_t, float> height_by_serial;
    std::unordered_map<std::uint32_t, MessageLayout> layouts;
    std::uint64_t order_revision = 0;
    float width = 0;
    bool is_at_bottom = true;
    float last_scroll = 0;
    // The row at the top edge and how much of it is above: kept when rows are put in before it.
    std::uint32_t anchor_serial = 0;
    double anchor_above = 0;
    TextSelection selection;
    TextEdit draft;
    std::size_t seen_news = 0;
    std::optional<std::uint64_t> asked_before;  // the last history asked for
    bool has_asked = false;
    std::size_t failed_loads_seen = 0;
    std::size_t joins_seen = 0;  // of model.joins(), when it was asked for
};

/// Files dropped for nobody yet; none once it is said for whom they are, or that they go to nobody.
struct ToWhom {
    Paths paths;
    bool is_to_open = false;
};

struct KickDialog {
    std::optional<PeerId> peer;
    std::string reason;
    bool is_to_open = false;
};

// ---- Rights
struct BanDialog {
    std::optional<PeerId> peer;
    int length = 0;  // which of the choices
    std::string reason;
    bool is_to_open = false;
};

/// The rules as they are being edited.
struct RightsDialog {
    int files = 0;  // which of the choices
    std::string size;
    bool is_bad = false;
    bool is_to_open = false;
};

// ---- Trust

/// The key is held by value: whoever comes in the meantime is not meant (C10).
struct SafetyDialog {
    std::optional<PeerId> peer;
    bool is_different = false;  // they said so
    bool is_to_open = false;
};

struct AutoAcceptDialog {
    std::optional<PeerId> peer;
    std::uint64_t bytes_max = 0;
    std::string into;
    bool is_to_open = false;
};

/// What somebody wanted to send to a person whose name looks like a verified one's.
struct LookAlikeDialog {
    std::optional<PeerId> peer;
    Commands held;
    bool is_to_open = false;
};

struct LinkDialog {
    std::optional<WebLink> link;
    bool is_to_open = false;
};

struct TrustDialogs {
    SafetyDialog safety;
    AutoAcceptDialog auto_accept;
    LookAlikeDialog look_alike;
    LinkDialog link;
    std::shared_ptr<const KeyChange> key_change_seen;  // shown already
    bool is_known_to_open = false;
    std::string forgetting;  // the address that was asked about
};

/// The plain chooser of ours, for systems without a dialog program.
struct PlainChooser {
    std::optional<WindowRequest> purpose;
    std::filesystem::path folder;
    std::set<std::filesystem::path> chosen;
    struct Row {
        std::filesystem::path path;
        bool is_folder = false;
        std::uintmax_t bytes = 0;
    };
    std::vector<Row> rows;
    bool is_readable = true;
    bool is_to_open = false;
};

/// Choosing some files of an offer.
struct OfferListDialog {
    std::optional<OfferedList> list;
    OfferChoice choice;
    std::uint32_t asked_for = 0;  // entries that are here or on their way
    bool is_choice_made = false;  // from the whole list
    bool is_to_open = false;
};

/// The answers to an offer as they stand on the screen, and since when, in seconds of ImGui's time.
struct AnswersShown {
    ImVec2 at;
    bool is_asked_again = false;
    double since_s = 0;
    int frame = 0;  // the last one they were drawn in
};

/// The speed limits as typed.
struct RateFields {
    std::string up;
    std::string down;
    bool is_bad = false;
};

struct RoleFields {
    RoleFields() = default;
    ~RoleFields() {
        wipe(target);
        wipe(secret);
        wipe(password);
    }
    RoleFields(const RoleFields&) = default;
    RoleFields& operator=(const RoleFields&) = default;

    std::string room_name;
    std::string port;
    std::string target;    // as typed: it may hold a secret, which never goes into the settings
    std::string secret;    // a password or code asked for afterwards
    std::string password;  // of the room to open; empty: none, or that of last time
    std::optional<Secret> password_given;  // the one typed, from the wish to open until it is open
    bool is_password_taken_away = false;   // they said so: that of last time is to be forgotten
    std::string complaint;
};

/// An invite as the squares of a QR code, made once.
struct QrCode {
    std::string text;
    int side = 0;            // squares in a row; 0: there is none
    std::vector<bool> dark;  // row by row

    bool is_dark(int x, int y) const {
        return dark[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                    static_cast<std::size_t>(x)];
    }
};

/// Where the pointer stays, in seconds of ImGui's time, and how many frames a tip still needs.
struct PointerRest {
    ImVec2 at{-1, -1};
    double until_s = 0;
    int frames_left = 0;
};

struct UiState {
    SelfDescription self;
    Settings settings;

    Conversation open;
    std::map<Conversation, ConversationView> views;
    std::size_t room_viewed = 0;  // of model.rooms_entered(): whose log the view of everyone is of

    RoleFields role;
    bool is_renaming = false;
    bool is_rename_to_focus = false;
    std::string new_name;
    std::set<OfferedList> answered;     // offers clicked; no more when it was refused
    std::set<TransferId> put_away;      // finished transfers no longer listed
    std::set<OfferedList> asked_twice;  // offers accepted once that want a second click
    /// Those of the last frame, by where they are drawn and what they answer.
    std::map<std::pair<ImGuiID, OfferedList>, AnswersShown> answers_shown;
    std::set<TransferId> unfolded;              // batches whose people are all listed
    std::set<std::uint64_t> troubles_put_away;  // by Trouble::number

    KickDialog kick;
    BanDialog ban;
    RightsDialog rights;
    bool is_about_room_to_open = false;
    ToWhom to_whom;
    PlainChooser chooser;
    OfferListDialog offer_list;
    RateFields rates;
    QrCode qr;
    bool is_qr_to_open = false;
    bool is_invites_to_open = false;
    std::size_t joins_failed_seen = 0;  // of model.joins_failed(): when it last asked for a secret
    TrustDialogs trust;
    bool is_settings_to_open = false;
    bool is_composer_to_focus = true;
    std::string notice;  // a sentence of the window's own for the status line

    std::optional<ImVec2> dragged_files_at;  // a file hovers there
    std::vector<DropTarget> drop_targets;
    std::vector<DropTarget> drop_targets_before;  // those of the frame before

    /// The height an offer has in the list, in pixels, so that its answers stay in sight; 0: any.
    float offer_height_max = 0;

    PointerRest pointer_rest;

    WallTime now;
    /// Something moves: draw again after this long. Reset before every frame.
    std::optional<std::chrono::milliseconds> redraw_in;
    bool is_settings_changed = false;
    std::vector<WindowRequest> requests;
    std::string copied;  // what was copied last, so that its button can say so

    ConversationView& view() { return views[open]; }
};

/// Draw again no later than after `delay`.
void redraw_within(UiState& state, std::chrono::milliseconds delay);
/// Shows a conversation and puts the keyboard into its composer.
void open_conversation(UiState& state, const Conversation& conversation);
void copy_text(UiState& state, const std::string& text);
/// Files can be dropped there from now until the next frame, where the window being drawn into
/// shows it: what is scrolled out of sight, or lies under its edge, takes nothing. True while a
/// dragged file hovers there.
bool add_drop_target(UiState& state, const DropTarget& target);
/// Who is under this place, of those drawn in the last frame.
std::optional<DropTarget> drop_target_at(const UiState& state, ImVec2 place);
/// How commands name a conversation's people: empty for the room.
std::string peer_text(const Conversation& conversation);
Command send_command(const Conversation& to, const Paths& paths);
/// With it the offer is no question any more, until the network refuses the answer.
Command answer_offer(UiState& state, const OfferedList& list, CommandBody answer);
/// Asks again where the answer to an offer was refused: another folder may do.
void take_refusal(UiState& state, const Event& event);

}  // namespace dropline::ui
