#include "app/frame_loop.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "net/api/safe_text.hpp"
#include "ui/desktop.hpp"
#include "ui/model/model.hpp"
#include "ui/panels/plain_chooser.hpp"
#include "ui/panels/status.hpp"
#include "ui/panels/trust_dialogs.hpp"
#include "ui/panels/window_content.hpp"
#include "ui/rows_kept.hpp"
#include "ui/text/text.hpp"
#include "ui/ui_state.hpp"
#include "ui/window.hpp"

namespace dropline::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int default_width = 1120;
constexpr int default_height = 740;
constexpr auto frame_time_min = std::chrono::microseconds(16'667);
constexpr auto progress_frame_every = std::chrono::milliseconds(100);
/// ImGui shows some effects of an input only in the frame after it.
constexpr int frames_after_change = 2;

/// Lets other threads reach the window while there is one.
struct Doorbell {
    std::mutex mutex;
    bool is_window_open = false;
    bool is_close_asked = false;
};

Doorbell& doorbell() {
    static Doorbell bell;
    return bell;
}

void set_window_open(bool is_open) {
    const std::lock_guard lock(doorbell().mutex);
    doorbell().is_window_open = is_open;
    // That of this window only: one that came before it opened is for this one, too.
    if (!is_open) doorbell().is_close_asked = false;
}

bool is_close_asked() {
    const std::lock_guard lock(doorbell().mutex);
    return doorbell().is_close_asked;
}

ui::WindowPlace place_of(const WindowOptions& options) {
    ui::WindowPlace place{default_width, default_height, std::nullopt};
    if (options.settings.window_width > 0 && options.settings.window_height > 0) {
        place.width = options.settings.window_width;
        place.height = options.settings.window_height;
    }
    if (options.geometry) {
        place.width = options.geometry->width;
        place.height = options.geometry->height;
        if (options.geometry->position) {
            place.corner = {options.geometry->position->x, options.geometry->position->y};
        }
    }
    return place;
}

/// One run of the window.
class FrameLoop {
  public:
    FrameLoop(WindowOptions options, NodePorts ports, std::unique_ptr<ui::DesktopWindow> window)
        : options_(std::move(options)),
          ports_(std::move(ports)),
          window_(std::move(window)),
          desktop_(wake_window),
          model_(options_.self.id, options_.self.name) {
        state_.self = options_.self;
        state_.settings = options_.settings;
        state_.role.room_name = options_.settings.room_name;
        state_.role.port = std::to_string(options_.settings.port);
        state_.role.target = options_.settings.join_target;
        state_.notice = escape_for_display(options_.notice);
        ui::use_language(ui::resolve(state_.settings.language));
    }

    void run() {
        submit_start();
        while (!window_->is_closing()) {
            wait();
            drain();
            serve_requests();
            if (!is_frame_due()) continue;
            const ui::Commands commands = draw();
            submit(commands);
            present();
        }
        keep_window_size();
    }

  private:
    void submit_start() {
        if (const auto* host = std::get_if<command::Host>(&options_.start)) {
            state_.settings.role_tab = ui::RoleTab::host;
            ports_.submit({*host, "start"});
        } else if (const auto* join = std::get_if<command::Join>(&options_.start)) {
            state_.settings.role_tab = ui::RoleTab::join;
            state_.role.target = join->target.view();
            ports_.submit({*join, "start"});
        }
    }

    void wait() {
        std::optional<Clock::time_point> deadline = redraw_at_;
        if (!window_->is_visible()) deadline.reset();
        if (frames_wanted_ > 0 && window_->is_visible()) deadline = last_frame_ + frame_time_min;
        window_->wait(deadline);
        if (window_->take_input_seen()) frames_wanted_ = frames_after_change;
        if (is_close_asked()) window_->close();
    }

    void drain() {
        Event event;
        while (ports_.poll(event)) {
            const ui::Urgency urgency = model_.apply(event);
            if (urgency == ui::Urgency::now) frames_wanted_ = frames_after_change;
            if (urgency == ui::Urgency::soon) redraw_by(last_frame_ + progress_frame_every);
            ui::take_refusal(state_, event);
            note_news(event);
        }
        ui::forget_rows_out_of_sight(model_, state_);
    }

    /// Somebody speaks to this person, or offers them a file, while they look elsewhere.
    void note_news(const Event& event) {
        const auto* message = std::get_if<event::Message>(&event.body);
        const bool is_private = message && message->message.conversation.peer &&
                                message->message.state == MessageState::received;
        const auto* offer = std::get_if<event::Offer>(&event.body);
        const bool is_offer = offer != nullptr && !offer->is_accepted_by_rule;
        if ((is_private || is_offer) && !window_->is_focused()) window_->ask_for_attention();
    }

    void serve_requests() {
        if (const auto drop = window_->take_drop()) {
            const std::chrono::duration<double> frame_age = Clock::now() - last_frame_;
            submit(ui::take_dropped(model_, state_, drop->paths, drop->place, frame_age.count()));
        }
        if (const auto news = desktop_.take_chooser_news()) {
            serve(*news);
            frames_wanted_ = frames_after_change;
        }
        for (const ui::WindowRequest& request : std::exchange(state_.requests, {})) {
            serve(request);
            frames_wanted_ = frames_after_change;
        }
    }

    void serve(const ui::WindowRequest& request) {
        if (const auto* show = std::get_if<ui::request::ShowInFolder>(&request)) {
            if (!desktop_.show_in_folder(show->path)) {
                state_.notice = ui::say(ui::Text::folder_not_shown, {show->path});
            }
            return;
        }
        if (const auto* link = std::get_if<ui::request::OpenLink>(&request)) {
            if (!desktop_.open_link(link->url)) {
                state_.notice = ui::say(ui::Text::link_not_opened);
            }
            return;
        }
        // What is chosen there goes to whoever was asked about first.
        if (desktop_.is_choosing()) {
            state_.notice = ui::say(ui::Text::chooser_is_open);
            return;
        }
        choosing_for_ = request;
        if (!desktop_.choose(question_of(request))) ui::open_plain_chooser(state_, request);
    }

    void serve(const ui::ChooserNews& news) {
        if (state_.notice == ui::say(ui::Text::chooser_is_open)) state_.notice.clear();
        if (!news.sentence.empty()) state_.notice = news.sentence;
        if (news.is_left_to_us) ui::open_plain_chooser(state_, *choosing_for_);
        if (news.chosen) submit(ui::commands_for_chosen(state_, *choosing_for_, *news.chosen));
    }

    ui::ChooserQuestion question_of(const ui::WindowRequest& request) const {
        using ui::Text;
        ui::ChooserQuestion question{ui::ChooserKind::folder,
                                     ui::chooser_title(model_, request),
                                     std::string(ui::say(Text::choose_this_folder)),
                                     window_->portal_name(),
                                     {}};
        if (std::holds_alternative<ui::request::ChooseFiles>(request)) {
            question.kind = ui::ChooserKind::files;
            question.accept_label = ui::say(Text::choose);
        } else if (const auto* save = std::get_if<ui::request::ChooseFolderToSave>(&request)) {
            const ui::TransferItem* item = model_.transfers().find(save->list.transfer);
            if (item && item->offer) question.start_folder = item->offer->default_folder;
        } else if (std::holds_alternative<ui::request::ChooseFolderToTrust>(request)) {
            question.start_folder = state_.trust.auto_accept.into;
        }
        return question;
    }

    bool is_frame_due() {
        if (!window_->is_visible()) return false;
        const Clock::time_point now = Clock::now();
        if (redraw_at_ && now >= *redraw_at_) frames_wanted_ = std::max(frames_wanted_, 1);
        return frames_wanted_ > 0 && now >= last_frame_ + frame_time_min;
    }

    ui::Commands draw() {
        last_frame_ = Clock::now();
        redraw_at_.reset();
        --frames_wanted_;
        state_.redraw_in.reset();
        state_.now =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        state_.dragged_files_at = window_->hovering_at();
        window_->begin_frame();
        ui::Commands commands = ui::draw_window_content(model_, state_);
        if (state_.redraw_in) redraw_by(last_frame_ + *state_.redraw_in);
        if (window_->has_input_left()) frames_wanted_ = frames_after_change;
        return commands;
    }

    void submit(const ui::Commands& commands) {
        const ui::Commands now = ui::hold_back_for_look_alikes(model_, state_, commands);
        if (now.size() < commands.size()) frames_wanted_ = frames_after_change;
        for (const Command& command : now) ports_.submit(command);
    }

    void present() {
        window_->end_frame_and_present();
        window_->set_title(title());
        if (!std::exchange(state_.is_settings_changed, false)) return;
        ui::use_language(ui::resolve(state_.settings.language));
        window_->use_settings(state_.settings);
        store_settings();
    }

    std::string title() const {
        if (!model_.is_in_room()) return options_.title;
        return model_.room().name + " – " + options_.title;
    }

    void redraw_by(Clock::time_point when) {
        redraw_at_ = redraw_at_ ? std::min(*redraw_at_, when) : when;
    }

    void keep_window_size() {
        std::tie(state_.settings.window_width, state_.settings.window_height) = window_->size();
        store_settings();
    }

    void store_settings() {
        if (options_.store_settings) options_.store_settings(state_.settings);
    }

    const WindowOptions options_;
    const NodePorts ports_;
    std::unique_ptr<ui::DesktopWindow> window_;
    ui::Desktop desktop_;
    std::optional<ui::WindowRequest> choosing_for_;
    ui::Model model_;
    ui::UiState state_;
    int frames_wanted_ = frames_after_change;
    Clock::time_point last_frame_{};
    std::optional<Clock::time_point> redraw_at_;
};

std::optional<int> take_number(std::string_view& text) {
    int value = 0;
    const bool has_plus = text.starts_with('+');
    const char* begin = text.data() + (has_plus ? 1 : 0);
    const auto [rest, fault] = std::from_chars(begin, text.data() + text.size(), value);
    if (fault != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

}  // namespace

std::optional<WindowGeometry> parse_geometry(std::string_view text) {
    constexpr int side_min = 100;
    constexpr int side_max = 32'000;
    const auto is_side = [](std::optional<int> side) {
        return side && *side >= side_min && *side <= side_max;
    };
    const std::optional<int> width = take_number(text);
    if (!is_side(width) || !text.starts_with('x')) return std::nullopt;
    text.remove_prefix(1);
    const std::optional<int> height = take_number(text);
    if (!is_side(height)) return std::nullopt;
    WindowGeometry geometry{*width, *height, std::nullopt};
    if (text.empty()) return geometry;
    const std::optional<int> x = take_number(text);
    const std::optional<int> y = x ? take_number(text) : std::nullopt;
    if (!x || !y || !text.empty()) return std::nullopt;
    geometry.position = WindowGeometry::Position{*x, *y};
    return geometry;
}

Result<void> run_window(WindowOptions options, NodePorts ports) {
    if (is_close_asked()) {
        set_window_open(false);
        return {};
    }
    auto window = ui::DesktopWindow::open(place_of(options), options.title, options.settings);
    if (!window) return window.fault();
    set_window_open(true);
    {
        FrameLoop loop(std::move(options), std::move(ports), std::move(*window));
        // To open takes its time, and no room is opened or joined by who wants to leave.
        if (!is_close_asked()) loop.run();
        // From here on a wake must not reach a GLFW that is being taken down.
        set_window_open(false);
    }
    return {};
}

void wake_window() {
    const std::lock_guard lock(doorbell().mutex);
    if (doorbell().is_window_open) ui::DesktopWindow::wake();
}

void close_window() {
    const std::lock_guard lock(doorbell().mutex);
    doorbell().is_close_asked = true;
    if (doorbell().is_window_open) ui::DesktopWindow::wake();
}

}  // namespace dropline::app
