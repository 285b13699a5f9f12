#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>

#include "conformance/harness/case_log.h"
#include "conformance/harness/scene.h"
#include "runtime/base/text.h"

namespace cowbell::conformance {
namespace {

std::string Octal(uint32_t mode) {
  char text[16];
  std::snprintf(text, sizeof(text), "%04o", mode);
  return text;
}

std::string Number(uint64_t value) { return std::to_string(value); }

template <typename T>
T ParseNumber(std::string_view text, int base, const std::string& what) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw SceneError("the probe answered '" + std::string(text) + "' for " + what);
  }
  return value;
}

// The answer's value; an operation that does not report it is trouble with the probe.
const std::string& Value(const probe::Reply& reply, const std::string& key) {
  const auto it = reply.values.find(key);
  if (it == reply.values.end()) throw SceneError("the probe's answer lacks '" + key + "'");
  return it->second;
}

uint64_t NumberOf(const probe::Reply& reply, const std::string& key) {
  return ParseNumber<uint64_t>(Value(reply, key), 10, key);
}

TimeSpec TimeOf(const probe::Reply& reply, const std::string& key) {
  const std::string& text = Value(reply, key);
  const size_t dot = text.find('.');
  if (dot == std::string::npos) throw SceneError("the probe answered '" + text + "' for " + key);
  return {ParseNumber<int64_t>(std::string_view(text).substr(0, dot), 10, key),
          ParseNumber<int64_t>(std::string_view(text).substr(dot + 1), 10, key)};
}

FileStat StatOf(const probe::Reply& reply) {
  FileStat st;
  st.type = Value(reply, "type").empty() ? '?' : Value(reply, "type")[0];
  st.mode = ParseNumber<uint32_t>(Value(reply, "mode"), 8, "mode");
  st.uid = NumberOf(reply, "uid");
  st.gid = NumberOf(reply, "gid");
  st.size = NumberOf(reply, "size");
  st.nlink = NumberOf(reply, "nlink");
  st.ino = NumberOf(reply, "ino");
  st.dev = NumberOf(reply, "dev");
  st.mtime = TimeOf(reply, "mtime");
  st.atime = TimeOf(reply, "atime");
  st.ctime = TimeOf(reply, "ctime");
  const std::string& rdev = Value(reply, "rdev");
  const size_t colon = rdev.find(':');
  if (colon == std::string::npos) throw SceneError("the probe answered '" + rdev + "' for rdev");
  st.device_major = ParseNumber<uint64_t>(std::string_view(rdev).substr(0, colon), 10, "rdev");
  st.device_minor = ParseNumber<uint64_t>(std::string_view(rdev).substr(colon + 1), 10, "rdev");
  return st;
}

// No name holds a '/', so the probe separates names with it.
std::vector<std::string> NamesOf(const probe::Reply& reply, const std::string& key) {
  const std::string& text = Value(reply, key);
  if (text.empty()) return {};
  return Split(text, '/');
}

}  // namespace

struct Actor::State {
  std::unique_ptr<Session> session;
  std::string label;
  std::vector<std::string> left_out;  // paths that ReadTree("/") does not compare
  bool over = false;                  // finished, or broken beyond use
  ExitStatus expected;                // how the session is to end

  void Did(const std::string& line) const {
    CaseLog::Current().Did(label.empty() ? line : label + ": " + line);
  }

  // What the probe was told about its own end.
  void NoteEnd(const probe::Op& op) {
    if (op.args.empty()) return;
    if (op.name == "exit") expected = {false, ParseNumber<int>(op.args[0], 10, "exit") & 0xff};
    if (op.name == "raise") expected = {true, ParseNumber<int>(op.args[0], 10, "raise")};
  }

  probe::Reply Perform(const probe::Op& op) {
    if (over) throw SceneError("operation '" + op.name + "' after the end of the session");
    Result<probe::Reply> reply = session->Do(op);
    if (!reply.has_value()) {
      over = true;
      Did(op.name + " " + Join(op.args, " ") + " -> " + reply.error().ToString());
      throw SceneError("operation '" + op.name + " " + Join(op.args, " ") +
                       "': " + reply.error().ToString());
    }
    Did(probe::Describe(op, reply.value()));
    NoteEnd(op);
    return std::move(reply).value();
  }

  Result<probe::Reply> Try(const std::string& name, std::vector<std::string> args) {
    const std::string what = name + (args.empty() ? "" : " '" + args[0] + "'");
    probe::Reply reply = Perform({name, std::move(args)});
    if (!reply.ok()) return Error::FromErrno(reply.error, what + " (" + reply.call + ")");
    return reply;
  }

  Status TryStatus(const std::string& name, std::vector<std::string> args) {
    (void)TRY(Try(name, std::move(args)));
    return Ok();
  }
};

Actor::Actor(std::unique_ptr<Session> session, const std::string& label)
    : state_(std::make_unique<State>()) {
  state_->session = std::move(session);
  state_->label = label;
}

Actor::Actor(Actor&&) noexcept = default;
Actor& Actor::operator=(Actor&&) noexcept = default;

Actor::~Actor() {
  if (state_ == nullptr || state_->over || std::uncaught_exceptions() > 0) return;
  CaseLog::Current().Broke("the case let go of a running session without Finish()");
}

Status Actor::Open(const std::string& fd, const std::string& path, const std::string& flags,
                   uint32_t mode) {
  return state_->TryStatus("open", {fd, path, flags, Octal(mode)});
}
Status Actor::Close(const std::string& fd) { return state_->TryStatus("close", {fd}); }
Result<std::string> Actor::Pread(const std::string& fd, uint64_t offset, uint64_t count) {
  const probe::Reply reply = TRY(state_->Try("pread", {fd, Number(offset), Number(count)}));
  return Value(reply, "data");
}
Status Actor::Pwrite(const std::string& fd, uint64_t offset, const std::string& data) {
  return state_->TryStatus("pwrite", {fd, Number(offset), data});
}
Status Actor::Append(const std::string& path, const std::string& data) {
  return state_->TryStatus("append", {path, data});
}
Result<std::string> Actor::Read(const std::string& path) {
  const probe::Reply reply = TRY(state_->Try("read", {path}));
  return Value(reply, "data");
}
Status Actor::Write(const std::string& path, const std::string& data) {
  return state_->TryStatus("write", {path, data});
}
Status Actor::CreateFile(const std::string& path, const std::string& data, uint32_t mode) {
  return state_->TryStatus("create", {path, data, Octal(mode)});
}
Status Actor::Truncate(const std::string& path, uint64_t size) {
  return state_->TryStatus("truncate", {path, Number(size)});
}
Status Actor::Fsync(const std::string& fd) { return state_->TryStatus("fsync", {fd}); }
Status Actor::Unlink(const std::string& path) { return state_->TryStatus("unlink", {path}); }
Status Actor::Rmdir(const std::string& path) { return state_->TryStatus("rmdir", {path}); }
Status Actor::RemoveTree(const std::string& path) { return state_->TryStatus("rmtree", {path}); }
Status Actor::Mkdir(const std::string& path, uint32_t mode) {
  return state_->TryStatus("mkdir", {path, Octal(mode)});
}
Status Actor::Rename(const std::string& from, const std::string& to) {
  return state_->TryStatus("rename", {from, to});
}
Status Actor::Link(const std::string& from, const std::string& to) {
  return state_->TryStatus("link", {from, to});
}
Status Actor::Symlink(const std::string& target, const std::string& path) {
  return state_->TryStatus("symlink", {target, path});
}
Status Actor::Mknod(const std::string& path, char type, uint32_t mode, uint64_t major,
                    uint64_t minor) {
  return state_->TryStatus("mknod",
                           {path, std::string(1, type), Octal(mode), Number(major), Number(minor)});
}
Status Actor::Chmod(const std::string& path, uint32_t mode) {
  return state_->TryStatus("chmod", {path, Octal(mode)});
}
Status Actor::Chown(const std::string& path, uint64_t uid, uint64_t gid) {
  return state_->TryStatus("chown", {path, Number(uid), Number(gid)});
}
Status Actor::Lchown(const std::string& path, uint64_t uid, uint64_t gid) {
  return state_->TryStatus("lchown", {path, Number(uid), Number(gid)});
}
Status Actor::SetTimes(const std::string& path, TimeSpec atime, TimeSpec mtime) {
  return state_->TryStatus("utimens",
                           {path, std::to_string(atime.seconds), std::to_string(atime.nanoseconds),
                            std::to_string(mtime.seconds), std::to_string(mtime.nanoseconds)});
}
Status Actor::Setxattr(const std::string& path, const std::string& name, const std::string& value) {
  return state_->TryStatus("setxattr", {path, name, value});
}
Result<std::string> Actor::Getxattr(const std::string& path, const std::string& name) {
  const probe::Reply reply = TRY(state_->Try("getxattr", {path, name}));
  return Value(reply, "value");
}
Status Actor::Removexattr(const std::string& path, const std::string& name) {
  return state_->TryStatus("removexattr", {path, name});
}
Result<FileStat> Actor::Stat(const std::string& path) {
  const probe::Reply reply = TRY(state_->Try("stat", {path}));
  return StatOf(reply);
}
Result<FileStat> Actor::Lstat(const std::string& path) {
  const probe::Reply reply = TRY(state_->Try("lstat", {path}));
  return StatOf(reply);
}
Result<FileStat> Actor::Fstat(const std::string& fd) {
  const probe::Reply reply = TRY(state_->Try("fstat", {fd}));
  return StatOf(reply);
}
Result<std::string> Actor::Readlink(const std::string& path) {
  const probe::Reply reply = TRY(state_->Try("readlink", {path}));
  return Value(reply, "target");
}

Result<Listing> Actor::List(const std::string& path) {
  const probe::Reply reply = TRY(state_->Try("list", {path}));
  Listing listing{NamesOf(reply, "names"), NamesOf(reply, "errors")};
  if (listing.names.size() != NumberOf(reply, "count")) {
    throw SceneError("the probe listed " + std::to_string(listing.names.size()) +
                     " names and counted " + Value(reply, "count"));
  }
  return listing;
}

Result<std::vector<std::string>> Actor::Names(const std::string& path) {
  Listing listing = TRY(List(path));
  std::sort(listing.names.begin(), listing.names.end());
  return listing.names;
}

Result<Tree> Actor::ReadTree(const std::string& path) {
  std::vector<std::string> args = {path};
  if (path == "/") {
    args.insert(args.end(), {"/.cowbell", "/proc", "/sys", "/dev"});
    args.insert(args.end(), state_->left_out.begin(), state_->left_out.end());
  }
  const probe::Reply reply = TRY(state_->Try("tree", args));
  Tree tree = Require(DecodeTree(Value(reply, "tree")));
  if (tree.empty()) throw SceneError("the probe read an empty tree of '" + path + "'");
  for (size_t i = 1; i < args.size(); ++i)
    ErasePath(tree, args[i]);
  return tree;
}

Status Actor::Flock(const std::string& fd, const std::string& mode, bool nonblocking) {
  return state_->TryStatus("flock", {fd, mode, nonblocking ? "1" : "0"});
}
Result<probe::Reply> Actor::Do(const std::string& name, std::vector<std::string> args) {
  return state_->Try(name, std::move(args));
}
Result<probe::Reply> Actor::DoAs(uint64_t uid, uint64_t gid, const std::string& name,
                                 std::vector<std::string> args) {
  std::vector<std::string> all = {Number(uid), Number(gid), name};
  all.insert(all.end(), args.begin(), args.end());
  return state_->Try("as", std::move(all));
}

void Actor::LeaveOut(std::vector<std::string> paths) { state_->left_out = std::move(paths); }

void Actor::Finish() {
  if (state_->over) throw SceneError("Finish() after the end of the session");
  state_->over = true;
  const Result<ExitStatus> ended = state_->session->Finish();
  if (!ended.has_value()) {
    throw SceneError("the session did not end in order: " + ended.error().ToString());
  }
  state_->Did("end of the session: " + ended.value().ToString());
  if (ended.value().ShellCode() != state_->expected.ShellCode()) {
    throw SceneError("the session ended with " + ended.value().ToString() + ", told was " +
                     state_->expected.ToString());
  }
}

void Actor::Abandon() {
  if (state_->over) throw SceneError("Abandon() after the end of the session");
  state_->over = true;
  state_->Did("the session was ended from outside");
  state_->session.reset();
}

}  // namespace cowbell::conformance
