#include "net/transfer/bulk_job.hpp"

#include <asio/post.hpp>

#include <chrono>
#include <utility>

#include "net/transfer/journal.hpp"

namespace dropline {

namespace {

/// Progress hops to `net`, where the state of the transfer lives.
template <typename Observer>
class Reporter : public Observer {
  public:
    explicit Reporter(std::function<void(BulkProgress)> report) : report_(std::move(report)) {}

    void on_progress(const TransferProgress& progress) override {
        update([&](BulkProgress& latest) {
            latest.bytes_stored = progress.bytes_stored;
            latest.files_done = progress.files_done;
            has_progress_ = true;
        });
    }

    void on_bottleneck(Bottleneck bottleneck) override {
        update([&](BulkProgress& latest) { latest.bottleneck = bottleneck; });
    }

  protected:
    template <typename Change>
    void update(Change change) {
        change(latest_);
        if (has_progress_) report_(latest_);
    }

    BulkProgress& latest() { return latest_; }

  private:
    std::function<void(BulkProgress)> report_;
    BulkProgress latest_;
    bool has_progress_ = false;
};

using SendReporter = Reporter<SendObserver>;

/// Thread: the job's, which may look at the session's state.
class ReceiveReporter : public Reporter<ReceiveObserver> {
  public:
    ReceiveReporter(const ReceiveSession& session, std::function<void(BulkProgress)> report,
                    std::function<void()> wait_until_kept)
        : Reporter(std::move(report)),
          session_(session),
          wait_until_kept_(std::move(wait_until_kept)) {}

    void on_progress(const TransferProgress& progress) override {
        const auto now = std::chrono::steady_clock::now();
        if (now - noted_at_ >= note_every) {
            noted_at_ = now;
            latest().state_blob = std::make_shared<const std::string>(encode_state(session_));
        }
        Reporter::on_progress(progress);
        latest().state_blob.reset();
    }

    void on_verifying() override {
        update([](BulkProgress& latest) { latest.is_verifying = true; });
    }

    void on_complete() override { wait_until_kept_(); }

  private:
    static constexpr auto note_every = std::chrono::seconds(1);
    const ReceiveSession& session_;
    const std::function<void()> wait_until_kept_;
    std::chrono::steady_clock::time_point noted_at_{};
};

}  // namespace

std::shared_ptr<BulkJob> BulkJob::send(asio::any_io_executor net, PeerConnection connection,
                                       std::shared_ptr<const SourceTree> sources, RateGate& gate,
                                       Hooks hooks) {
    std::shared_ptr<BulkJob> job(
        new BulkJob(std::move(net), std::move(connection), gate, std::move(hooks)));
    job->run([sources = std::move(sources)](BulkJob& self) {
        SendReporter reporter([&self](BulkProgress progress) { self.report(progress); });
        return send_files(self.channel_, *sources, self.gate_, self.is_interrupted_, reporter);
    });
    return job;
}

std::shared_ptr<BulkJob> BulkJob::receive(asio::any_io_executor net, PeerConnection connection,
                                          std::shared_ptr<ReceiveSession> session, RateGate& gate,
                                          Hooks hooks) {
    std::shared_ptr<BulkJob> job(
        new BulkJob(std::move(net), std::move(connection), gate, std::move(hooks)));
    job->run([session = std::move(session)](BulkJob& self) {
        ReceiveReporter reporter(
            *session, [&self](BulkProgress progress) { self.report(progress); },
            [&self] { self.wait_until_kept(); });
        return session->receive(self.channel_, self.gate_, self.is_interrupted_, reporter);
    });
    return job;
}

BulkJob::BulkJob(asio::any_io_executor net, PeerConnection connection, RateGate& gate, Hooks hooks)
    : net_(std::move(net)),
      connection_(std::move(connection.stream).release()),
      channel_(std::move(connection_.stream), std::move(connection_.unread)),
      gate_(gate),
      hooks_(std::move(hooks)) {}

void BulkJob::interrupt() {
    {
        const std::lock_guard lock(mutex_);
        is_interrupted_ = true;
    }
    changed_.notify_all();
    channel_.interrupt();
    gate_.wake();
}

/// Thread: bulk. Until the journal has it, or nobody waits for it any more.
void BulkJob::wait_until_kept() {
    asio::post(net_, [self = shared_from_this()] {
        const auto kept = [self] {
            const std::lock_guard lock(self->mutex_);
            self->is_kept_ = true;
            self->changed_.notify_all();
        };
        self->hooks_.on_complete ? self->hooks_.on_complete(kept) : kept();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_kept_ || is_interrupted_; });
}

void BulkJob::run(std::function<Result<void>(BulkJob&)> work) {
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
