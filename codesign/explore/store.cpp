// Rows in SQLite; see store.h.
#include "codesign/explore/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>

namespace msd::explore {
namespace {

constexpr char kTables[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE points(point INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE networks(network INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE results(point INTEGER, network INTEGER, cycles INTEGER, energy_nj REAL, "
    "faults INTEGER, PRIMARY KEY(point, network)) WITHOUT ROWID;";
constexpr std::chrono::milliseconds kFirstCommit{10}, kBetweenCommits{250};

}  // namespace

struct Store::Database {
    std::string path;
    sqlite3* handle = nullptr;
    sqlite3_stmt* insert = nullptr;
    bool open = false;  // a transaction

    ~Database() {
        sqlite3_finalize(insert);
        sqlite3_close(handle);
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(fmt::format("{}: {}", path, what));
    }

    void check(int code) const {
        if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            fail("another run is writing it; wait for it, or use another folder");
        if (code == SQLITE_NOTADB) fail("is no results file of an exploration; use another folder");
        fail(fmt::format("cannot be used: {}", handle ? sqlite3_errmsg(handle) : "no memory"));
    }

    void run(const char* sql) const { check(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr)); }

    struct Statement {
        sqlite3_stmt* at = nullptr;
        Statement(const Database& db, const char* sql) {
            db.check(sqlite3_prepare_v2(db.handle, sql, -1, &at, nullptr));
        }
        ~Statement() { sqlite3_finalize(at); }
        Statement(const Statement&) = delete;
        Statement& operator=(const Statement&) = delete;
    };

    std::string text(const char* sql) const {
        Statement statement(*this, sql);
        const int code = sqlite3_step(statement.at);
        check(code);
        if (code != SQLITE_ROW) return "";
        const unsigned char* value = sqlite3_column_text(statement.at, 0);
        return value ? reinterpret_cast<const char*>(value) : "";
    }

    void begin() {
        if (open) return;
        run("BEGIN IMMEDIATE");
        open = true;
    }

    void names(const char* sql, const std::vector<std::string>& names) {
        begin();
        Statement statement(*this, sql);
        for (std::size_t i = 0; i < names.size(); ++i) {
            check(sqlite3_bind_int64(statement.at, 1, static_cast<sqlite3_int64>(i)));
            check(sqlite3_bind_text(statement.at, 2, names[i].c_str(), -1, SQLITE_TRANSIENT));
            check(sqlite3_step(statement.at));
            check(sqlite3_reset(statement.at));
        }
    }
};

Store::Store(const std::string& path, const std::string& fingerprint)
    : db_(std::make_unique<Database>()),
      committed_(std::chrono::steady_clock::now()),
      interval_(kFirstCommit) {
    db_->path = path;
    db_->check(sqlite3_open_v2(path.c_str(), &db_->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr));
    // One writer, and no shared memory beside the file, which network file systems lack.
    db_->run("PRAGMA locking_mode = EXCLUSIVE");
    db_->run("PRAGMA journal_mode = WAL");
    db_->run("PRAGMA synchronous = FULL");
    db_->begin();
    const bool fresh = db_->text("SELECT name FROM sqlite_master LIMIT 1").empty();
    if (fresh) {
        db_->run(kTables);
        Database::Statement statement(*db_, "INSERT INTO meta VALUES('fingerprint', ?1)");
        db_->check(sqlite3_bind_text(statement.at, 1, fingerprint.c_str(), -1, SQLITE_TRANSIENT));
        db_->check(sqlite3_step(statement.at));
    } else {
        const bool ours = db_->text(
                              "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN "
                              "('meta', 'points', 'networks', 'results')") == "4";
        if (!ours) db_->fail("is no results file of an exploration; use another folder");
        if (db_->text("SELECT value FROM meta WHERE key = 'fingerprint'") != fingerprint)
            db_->fail(
                "holds results of another spec (networks, hardware or cost model differ); use "
                "another folder, or remove it");
    }
    db_->check(sqlite3_prepare_v2(db_->handle,
                                  "INSERT OR IGNORE INTO results VALUES(?1, ?2, ?3, ?4, ?5)", -1,
                                  &db_->insert, nullptr));
    commit();
}

Store::~Store() {
    try {
        commit();
    } catch (const std::exception&) {  // a full disk; what was committed before is safe
    }
}

void Store::name_points(const std::vector<std::string>& names) {
    db_->names("INSERT OR IGNORE INTO points VALUES(?1, ?2)", names);
}

void Store::name_items(const std::vector<std::string>& names) {
    db_->names("INSERT OR IGNORE INTO networks VALUES(?1, ?2)", names);
}

void Store::read(const std::function<void(uint32_t, uint32_t, const Row&)>& row) const {
    Database::Statement s(*db_, "SELECT point, network, cycles, energy_nj, faults FROM results");
    for (;;) {
        const int code = sqlite3_step(s.at);
        db_->check(code);
        if (code != SQLITE_ROW) return;
        const auto number = [&](int column) { return sqlite3_column_int64(s.at, column); };
        row(static_cast<uint32_t>(number(0)), static_cast<uint32_t>(number(1)),
            {number(2), sqlite3_column_double(s.at, 3), static_cast<uint32_t>(number(4))});
    }
}

void Store::add(uint32_t point, uint32_t item, const Row& row) {
    const auto now = std::chrono::steady_clock::now();
    if (now - committed_ > interval_) {
        commit();
        interval_ = std::min(2 * interval_, kBetweenCommits);
    }
    db_->begin();
    sqlite3_stmt* s = db_->insert;
    db_->check(sqlite3_bind_int64(s, 1, point));
    db_->check(sqlite3_bind_int64(s, 2, item));
    db_->check(sqlite3_bind_int64(s, 3, row.cycles));
    db_->check(sqlite3_bind_double(s, 4, row.energy_nj));
    db_->check(sqlite3_bind_int64(s, 5, row.faults));
    db_->check(sqlite3_step(s));
    db_->check(sqlite3_reset(s));
}

void Store::commit() {
    committed_ = std::chrono::steady_clock::now();
    if (!db_->open) return;
    db_->run("COMMIT");
    db_->open = false;
}

void Store::close() {
    commit();
    db_->run("PRAGMA journal_mode = DELETE");
}

}  // namespace msd::explore
