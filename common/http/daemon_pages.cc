#include "common/http/daemon_pages.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <boost/json.hpp>

#include "common/http/file_body.h"
#include "common/http/uri.h"

namespace mrd::http {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kTailMax = 64u << 20;

struct Shown {
  std::string value;
  std::string source;
};

bool IsSecret(std::string_view name) {
  // The name of a file that holds a secret is none.
  if (name.ends_with(".file") || name.ends_with(".path")) return false;
  return name.find("password") != std::string_view::npos || name.find("secret") != std::string_view::npos ||
         name.find("credential") != std::string_view::npos;
}

std::map<std::string, Shown> Properties(const DaemonPages& pages) {
  std::map<std::string, Shown> out;
  const auto add = [&](const std::string& name) {
    const std::optional<std::string> value = pages.config.Get(name);
    if (!value) return;
    out[name] = Shown{IsSecret(name) ? "(not shown)" : *value, pages.config.Source(name)};
  };
  for (const std::span<const ConfigKey>& table : pages.keys) {
    for (const ConfigKey& key : table) add(key.name);
  }
  for (const auto& [name, value] : pages.config.Explicit()) add(name);
  return out;
}

Response ConfAsJson(const std::map<std::string, Shown>& properties) {
  json::array list;
  for (const auto& [name, shown] : properties) {
    list.push_back(json::object{{"key", name}, {"value", shown.value}, {"isFinal", false}, {"resource", shown.source}});
  }
  json::object all;
  all["properties"] = std::move(list);
  return JsonResponse(json::serialize(all) + "\n");
}

Response ConfAsXml(const std::map<std::string, Shown>& properties) {
  Response response;
  response.content_type = "text/xml; charset=utf-8";
  response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration>\n";
  for (const auto& [name, shown] : properties) {
    response.body += "  <property><name>" + EscapeHtml(name) + "</name><value>" + EscapeHtml(shown.value) +
                     "</value><source>" + EscapeHtml(shown.source) + "</source></property>\n";
  }
  response.body += "</configuration>\n";
  return response;
}

Response Conf(const Request& request, const DaemonPages& pages) {
  std::map<std::string, Shown> properties = Properties(pages);
  if (const std::string name = request.Query("name"); !name.empty()) {
    const auto found = properties.find(name);
    if (found == properties.end()) return ErrorResponse(request, 404, "There is no configuration key " + name + ".");
    properties = {{name, found->second}};
  }
  const std::string format = request.Query("format", request.WantsJson() ? "json" : "xml");
  if (format == "json") return ConfAsJson(properties);
  if (format == "xml") return ConfAsXml(properties);
  return ErrorResponse(request, 400, "The format must be json or xml.");
}

// The log and what it was rotated to, "x.log" and "x.log.1": others may keep files in that directory too.
bool IsShown(std::string_view name, const DaemonPages& pages) {
  const std::string_view log = std::string_view(pages.log_file).substr(pages.log_file.rfind('/') + 1);
  return !log.empty() && name.starts_with(log) && name.find('/') == std::string_view::npos &&
         (name.size() == log.size() || name[log.size()] == '.');
}

std::string DirectoryOf(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

std::string ListingPage(const std::vector<FileInfo>& files, const DaemonPages& pages) {
  std::string body = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                     "content=\"width=device-width\"><title>Logs</title>\n<link rel=\"stylesheet\" "
                     "href=\"/static/style.css\">\n<main><h1>Logs</h1>\n<ul>\n";
  for (const FileInfo& file : files) {
    if (file.type != FileType::kFile || !IsShown(file.name, pages)) continue;
    const std::string link = "/logs/" + PercentEncode(file.name);
    body += "<li><a href=\"" + link + "?tail=65536\">" + EscapeHtml(file.name) + "</a> " + std::to_string(file.size_bytes) +
            " bytes, <a href=\"" + link + "\">all of it</a></li>\n";
  }
  return body + "</ul></main></html>\n";
}

awaitable<Response> LogListing(const Request& request, const DaemonPages& pages) {
  if (pages.log_file.empty()) co_return ErrorResponse(request, 404, "The log of this daemon is not shown here; it is in the file of --log, or goes to stderr.");
  Result<std::vector<FileInfo>> files = co_await pages.pool.Run([&] { return pages.env.ListDir(DirectoryOf(pages.log_file)); });
  if (!files.ok()) co_return ErrorResponse(request, files.status());
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = ListingPage(*files, pages);
  co_return response;
}

awaitable<Response> LogFile(const Request& request, const DaemonPages& pages) {
  const std::string name = request.Part("name");
  if (!IsShown(name, pages)) co_return ErrorResponse(request, 404, "There is no log " + name + ".");
  Result<std::uint64_t> tail = request.QueryNumber("tail", 0, kTailMax);
  if (!tail.ok()) co_return ErrorResponse(request, tail.status());
  std::shared_ptr<File> file;
  std::uint64_t size = 0;
  const Status opened = co_await pages.pool.Run([&]() -> Status {
    const std::string path = DirectoryOf(pages.log_file) + "/" + name;
    MRD_ASSIGN_OR_RETURN(const FileInfo info, pages.env.LinkStat(path));
    if (info.type != FileType::kFile) return NotFound("There is no log " + name + ".");
    MRD_ASSIGN_OR_RETURN(file, pages.env.OpenForRead(path));
    MRD_ASSIGN_OR_RETURN(size, file->Size());
    return Status::Ok();
  });
  if (!opened.ok()) co_return ErrorResponse(request, opened);
  const std::string type = "text/plain; charset=utf-8";
  if (*tail > 0) co_return FilePart(std::move(file), ByteRange{size - std::min(*tail, size), size}, type, pages.pool);
  co_return FileResponse(request, std::move(file), size, type, pages.pool);
}

// The first part of a file whose size the system does not tell; "" when it cannot be read.
std::string ReadText(Env& env, const std::string& path) {
  Result<std::unique_ptr<File>> file = env.OpenForRead(path);
  std::string text(4096, '\0');
  const Result<std::size_t> got = file.ok() ? (*file)->ReadAt(0, text.data(), text.size()) : Result<std::size_t>(0);
  text.resize(got.ok() ? *got : 0);
  return text;
}

// What each thread of the process does, as far as the system tells.
std::string Threads(Env& env) {
  const std::string root = "/proc/self/task";
  const Result<std::vector<FileInfo>> threads = env.ListDir(root);
  if (!threads.ok()) return threads.status().message() + "\n";
  std::string out = std::to_string(threads->size()) + " threads\n";
  for (const FileInfo& thread : *threads) {
    const std::string dir = root + "/" + thread.name;
    const std::string status = ReadText(env, dir + "/status");
    const auto field = [&](std::string_view name) {
      const std::size_t at = status.find(name);
      if (at == std::string::npos) return std::string();
      const std::size_t begin = at + name.size();
      return status.substr(begin, status.find('\n', begin) - begin);
    };
    const std::string waits = ReadText(env, dir + "/wchan");
    out += "\nthread " + thread.name + " \"" + field("Name:\t") + "\"\n  state " + field("State:\t") + ", waits in " +
           (waits.empty() || waits == "0" ? "nothing" : waits) + "\n";
  }
  return out;
}

}  // namespace

void AddDaemonPages(Router& router, const DaemonPages& given) {
  const auto pages = std::make_shared<const DaemonPages>(given);
  router.Get("/conf", [pages](const Request& request) -> awaitable<Response> { co_return Conf(request, *pages); });
  const Handler prometheus = [pages](const Request&) -> awaitable<Response> {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = co_await pages->metrics.Prometheus();
    co_return response;
  };
  router.Get("/metrics", prometheus);
  router.Get("/prom", prometheus);
  router.Get("/jmx", [pages](const Request& request) -> awaitable<Response> {
    std::string beans = co_await pages->metrics.Jmx(request.Query("qry"));
    co_return JsonResponse(std::move(beans));
  });
  router.Get("/logs", [](const Request&) -> awaitable<Response> { co_return RedirectTo("/logs/"); });
  router.Get("/logs/", [pages](const Request& request) -> awaitable<Response> {
    Response response = co_await LogListing(request, *pages);
    co_return response;
  });
  router.Get("/logs/{name}", [pages](const Request& request) -> awaitable<Response> {
    Response response = co_await LogFile(request, *pages);
    co_return response;
  });
  router.Get("/stacks", [pages](const Request&) -> awaitable<Response> {
    std::string text = co_await pages->pool.Run([&] { return Threads(pages->env); });
    co_return TextResponse(std::move(text));
  });
  router.Get("/isActive", [](const Request&) -> awaitable<Response> { co_return TextResponse("true\n"); });
}

}  // namespace mrd::http
