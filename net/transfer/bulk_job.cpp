#include "net/transfer/bulk_job.hpp"

#include <asio/post.hpp>

#include <utility>

#include "net/transfer/receive_folder.hpp"

namespace dropline {

namespace {

/// Progress hops to `net`, where the state of the transfer lives.
template <typename Observer>
class Reporter : public Observer {
  public:
    explicit Reporter(std::function<void(BulkProgress)> report) : report_(std::move(report)) {}

    void on_progress(const TransferProgress& progress) override {
        latest_.bytes_stored = progress.bytes_stored;
        latest_.files_done = progress.files_done;
        report_(latest_);
    }

    void on_verifying() override {
        latest_.is_verifying = true;
        report_(latest_);
    }

  private:
    std::function<void(BulkProgress)> report_;
    BulkProgress latest_;
};

using SendReporter = Reporter<SendObserver>;

class ReceiveReporter : public Reporter<ReceiveObserver> {
  public:
    using Reporter::Reporter;
    // The list of all paths comes with the result.
    void on_saved(std::uint32_t, const std::string&) override {}
};

BulkResult receive_into(BulkChannel& channel, const std::filesystem::path& into,
                        const std::vector<ExpectedFile>& expected, ReceiveReporter& reporter) {
    const auto folder = ReceiveFolder::open(into);
    if (!folder) return {folder.fault(), {}};
    auto received = receive_files(channel, *folder, expected, reporter);
    if (!received) return {received.fault(), {}};
    return {std::nullopt, std::move(received->saved_as)};
}

}  // namespace

std::shared_ptr<BulkJob> BulkJob::send(asio::any_io_executor net, PeerConnection connection,
                                       std::vector<SourceFile> sources, Hooks hooks) {
    std::shared_ptr<BulkJob> job(
        new BulkJob(std::move(net), std::move(connection), std::move(hooks)));
    job->run([sources = std::move(sources)](BulkJob& self) -> BulkResult {
        SendReporter reporter([&self](BulkProgress progress) { self.report(progress); });
        const auto sent = send_files(self.channel_, sources, reporter);
        return sent ? BulkResult{} : BulkResult{sent.fault(), {}};
    });
    return job;
}

std::shared_ptr<BulkJob> BulkJob::receive(asio::any_io_executor net, PeerConnection connection,
                                          std::filesystem::path into,
                                          std::vector<ExpectedFile> expected, Hooks hooks) {
    std::shared_ptr<BulkJob> job(
        new BulkJob(std::move(net), std::move(connection), std::move(hooks)));
    job->run([into = std::move(into), expected = std::move(expected)](BulkJob& self) {
        ReceiveReporter reporter([&self](BulkProgress progress) { self.report(progress); });
        return receive_into(self.channel_, into, expected, reporter);
    });
    return job;
}

BulkJob::BulkJob(asio::any_io_executor net, PeerConnection connection, Hooks hooks)
    : net_(std::move(net)),
      connection_(std::move(connection.stream).release()),
      channel_(std::move(connection_.stream), std::move(connection_.unread)),
      hooks_(std::move(hooks)) {}

void BulkJob::run(std::function<BulkResult(BulkJob&)> work) {
    auto on_bulk = [this, work = std::move(work)] {
        result_ = work(*this);
        channel_.close();
    };
    // The job keeps itself until its thread has ended; what it reports finds it alive.
    auto on_net = [self = shared_from_this()] {
        self->thread_.reset();
        const auto hooks = std::exchange(self->hooks_, {});
        hooks.on_done(std::move(self->result_));
    };
    thread_ = std::make_unique<BulkThread>(net_, std::move(on_bulk), std::move(on_net));
}

/// Thread: bulk.
void BulkJob::report(BulkProgress progress) {
    asio::post(net_, [self = shared_from_this(), progress] {
        if (self->hooks_.on_progress) self->hooks_.on_progress(progress);
    });
}

}  // namespace dropline
