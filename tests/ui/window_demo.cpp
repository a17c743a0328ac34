// The real window on made-up events, to be looked at: window_demo SCENE [dark|light] [en|zh]
// [GEOMETRY] [FONT_SIZE]. Scenes: start, alone, room, lasting, batch, photos, many, error, lost,
// kicked.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

#include "app/frame_loop.hpp"
#include "tests/ui/made_up_transfers.hpp"

using namespace dropline;

namespace {

struct Stage {
    Peer me = made_up::peer(1, "Mara");
    Peer host = made_up::peer(2, "李伟", Role::host);
    Peer ann = made_up::peer(3, "Ann Okafor");
    Peer jonas = made_up::peer(4, "Jonas");
    Peer other_jonas = made_up::peer(5, "Jonas");
    Peer tricky = made_up::peer(6, "Alice##%s%n ### long name that goes on and on for ever");
    std::deque<Event> events;
    std::vector<OfferedFile> photos = made_up::many_entries(100'000);
    std::uint32_t number = 100;
    std::uint64_t seq = 0;
    WallTime now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());

    void push(EventBody body) { events.push_back({std::move(body), {}, now}); }

    ChatMessage dress(ChatMessage message, int minutes_ago) {
        message.sent_at = now - std::chrono::minutes(minutes_ago);
        const bool is_mine = message.from == me.id;
        message.state = is_mine ? MessageState::stored : MessageState::received;
        return message;
    }
    void room_says(const Peer& from, std::string text, int minutes_ago, bool is_earlier = false) {
        ChatMessage message =
            dress(made_up::room_message(++number, from, std::move(text), ++seq), minutes_ago);
        message.is_earlier = is_earlier;
        push(event::Message{message});
    }
    void privately(const Peer& from, const Peer& with, std::string text, int minutes_ago) {
        push(event::Message{
            dress(made_up::private_message(++number, from, with, std::move(text)), minutes_ago)});
    }
    void transfers(Transfer transfer) { push(event::TransferChanged{std::move(transfer)}); }
};

void join(Stage& stage) {
    stage.push(event::Connecting{"192.168.1.20:7788", {}, 1});
    stage.push(event::Joined{"Design studio",
                             stage.me,
                             stage.host,
                             {stage.host, stage.ann, stage.jonas, stage.other_jonas, stage.tricky},
                             true});
}

void chat(Stage& stage) {
    stage.room_says(stage.ann, "Morning! Is the render of the lobby ready?", 1500, true);
    stage.room_says(stage.host, "早上好，大厅的效果图今天下午就能完成。", 1497, true);
    stage.room_says(stage.jonas, "Great. I will bring the samples over at three then.", 1490, true);
    stage.room_says(stage.ann,
                    "Good morning everyone. The client moved the review to Thursday, so we have "
                    "a day more than we thought. Please put your drawings into the shared folder "
                    "by tomorrow evening: I want to look at all of them together once before "
                    "they go out.",
                    62);
    stage.room_says(stage.me, "Thursday works.", 60);
    stage.room_says(stage.me, "I'll send the plans as soon as the export is through 👍", 60);
    stage.room_says(
        stage.host,
        "好的，我把最新的模型文件发给大家，大概两个 GB。请注意文件名里带日期的才是最新版本，"
        "其它的请不要再使用了。",
        41);
    stage.room_says(stage.jonas, "שלום, מה שלומך? مرحبا بالعالم – 한국어 도 日本語も Привет", 20);
    stage.room_says(stage.tricky, "%s%s%n ## ### <b>not bold</b>", 12);
    stage.room_says(stage.ann, "Thanks! 🎉", 3);
}

void offer(Stage& stage) {
    event::Offer offer;
    offer.transfer = made_up::id<TransferId>(900);
    offer.from = stage.ann;
    offer.name = "4 files";
    offer.files = 7;
    offer.bytes = 48'700'000;
    offer.free_bytes = 120'000'000'000;
    offer.default_folder = "~/Downloads";
    offer.preview = {{"installer.sh", {}, 12'400, true, false},
                     {"photo_exe.png", "photo_\\u{202e}gnp.exe", 90'100, true, false},
                     {"plans/lobby-2026-11-23.pdf", {}, 31'000'000, false, false},
                     {"报价单.xlsx", {}, 210'000, false, false}};
    stage.push(offer);
}

void files(Stage& stage) {
    Transfer model = made_up::transfer(901, stage.host, Direction::in, TransferState::active);
    model.name = "大厅模型-2026-11-23.blend";
    stage.transfers(model);
    Transfer out = made_up::transfer(902, stage.jonas, Direction::out, TransferState::active);
    out.name = "plans-final.pdf";
    out.path = Path::relayed;
    out.rate_bytes_per_s = 11'200'000;
    out.eta_s = 128;
    stage.transfers(out);
    Transfer done = made_up::transfer(903, stage.ann, Direction::in, TransferState::done);
    done.name = "logo.svg";
    done.bytes_total = done.bytes_done = 18'200;
    done.saved_as = {"/tmp/logo.svg"};
    stage.transfers(done);
    Transfer failed = made_up::transfer(904, stage.ann, Direction::out, TransferState::failed);
    failed.fault = Fault{FaultCode::disconnected, "Ann Okafor's connection ended in the middle."};
    stage.transfers(failed);
}

void private_talk(Stage& stage) {
    stage.privately(stage.ann, stage.ann, "Between us: did you see the budget?", 9);
    stage.privately(stage.me, stage.ann, "Yes. I will call you.", 8);
    stage.privately(stage.ann, stage.ann, "Here are the papers.", 5);
}

void many(Stage& stage) {
    std::vector<Peer> people;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        people.push_back(made_up::peer(5000 + i, "Person " + std::to_string(i)));
    }
    stage.push(event::Joined{"Big hall", stage.me, people[0], people, false});
    for (int i = 0; i < 100'000; ++i) {
        stage.room_says(people[static_cast<std::size_t>(i * 7 % 1000)],
                        "Message " + std::to_string(i) + " with a few words to it", 100'000 - i);
    }
    for (std::uint32_t i = 0; i < 200; ++i) {
        stage.transfers(made_up::transfer(20'000 + i, people[i], Direction::in,
                                          i < 30 ? TransferState::active : TransferState::done));
    }
}

void lasting(Stage& stage) {
    stage.push(event::PeerLeft{stage.jonas, "lost: timed out"});
    for (Transfer& transfer : made_up::lasting_transfers(stage.ann, stage.jonas, stage.now)) {
        stage.transfers(std::move(transfer));
    }
}

void batches(Stage& stage) {
    std::vector<Peer> people{stage.host, stage.ann, stage.jonas, stage.tricky};
    for (Transfer& transfer : made_up::batch_to(people, 3000)) {
        stage.transfers(std::move(transfer));
    }
    for (std::uint32_t i = 0; i < 25; ++i) {
        people.push_back(made_up::peer(700 + i, "Student " + std::to_string(i)));
    }
    for (Transfer& transfer : made_up::batch_to(people, 3100)) {
        stage.transfers(std::move(transfer));
    }
}

void set_stage(Stage& stage, const std::string& scene) {
    if (scene == "start") return;
    if (scene == "alone") {
        stage.push(event::Hosting{
            "Mara's room", {"192.168.1.34:7788", "10.8.0.3:7788"}, 7788, {}, stage.me});
        return;
    }
    if (scene == "many") return many(stage);
    join(stage);
    chat(stage);
    if (scene == "lasting") return lasting(stage);
    if (scene == "batch") return batches(stage);
    if (scene == "photos") return stage.push(made_up::offer_of(stage.photos, stage.ann, 910));
    files(stage);
    private_talk(stage);
    offer(stage);
    if (scene == "error") {
        stage.push(event::Error{{FaultCode::port_taken,
                                 "Port 7788 is taken by another program (python3). Choose "
                                 "another port, or 0 to let the system choose."}});
    }
    if (scene == "lost") stage.push(event::Disconnected{"timed out", 2, std::chrono::seconds(9)});
    if (scene == "kicked") {
        stage.push(event::Kicked{stage.host, "Please join with your real name"});
        stage.push(event::RoleEnded{Fault{FaultCode::refused, "kicked"}});
    }
}

ui::Settings settings_from(int argc, char** argv) {
    ui::Settings settings;
    settings.language = ui::LanguageChoice::english;
    if (argc > 2 && std::string(argv[2]) == "light") settings.theme = ui::ThemeChoice::light;
    if (argc > 3 && std::string(argv[3]) == "zh") settings.language = ui::LanguageChoice::chinese;
    if (argc > 5) settings.font_size = std::atoi(argv[5]);
    return settings;
}

}  // namespace

int main(int argc, char** argv) {
    Stage stage;
    set_stage(stage, argc > 1 ? argv[1] : "room");
    app::WindowOptions options;
    options.self.id = stage.me.id;
    options.self.name = stage.me.name;
    options.settings = settings_from(argc, argv);
    if (argc > 4) options.geometry = app::parse_geometry(argv[4]);
    app::NodePorts ports;
    ports.poll = [&](Event& event) {
        if (stage.events.empty()) return false;
        event = std::move(stage.events.front());
        stage.events.pop_front();
        return true;
    };
    ports.submit = [&](const Command& command) {
        std::printf("command %zu\n", command.body.index());
        std::fflush(stdout);
        if (const auto* list = std::get_if<command::ListOffer>(&command.body)) {
            stage.push(made_up::page_of(stage.photos, *list));
            app::wake_window();
        }
        if (const auto* accept = std::get_if<command::Accept>(&command.body)) {
            for (const std::string& path : accept->except) std::printf("except %s\n", path.c_str());
            std::fflush(stdout);
        }
        // The window shows an own message once the network has taken it.
        if (const auto* say = std::get_if<command::Say>(&command.body)) {
            stage.room_says(stage.me, say->text, 0);
            app::wake_window();
        }
    };
    const Result<void> result = app::run_window(options, ports);
    if (!result) std::fprintf(stderr, "%s\n", result.fault().sentence.c_str());
    return result ? 0 : 1;
}
