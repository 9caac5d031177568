#include "jobtracker/service/schedule_protocol.h"

#include <utility>

#include <boost/asio/awaitable.hpp>

#include "jobtracker/service/parse_message.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

template <typename Message>
Result<std::string> Bytes(const Result<Message>& message) {
  if (!message.ok()) return message.status();
  return message.value().SerializeAsString();
}

}  // namespace

net::awaitable<Result<std::string>> ScheduleProtocol::Handle(const rpc::Call& call) {
  const std::string user = call.caller.user;
  if (call.method == "listSchedules") {
    proto::ListSchedulesRequestProto request;
    if (!ParseMessage(call.request, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(schedules_.List(request));
  }
  if (call.method == "addSchedule") {
    proto::AddScheduleRequestProto request;
    if (!ParseMessage(call.request, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await schedules_.Add(user, std::move(request)));
  }
  if (call.method == "removeSchedule") {
    proto::RemoveScheduleRequestProto request;
    if (!ParseMessage(call.request, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await schedules_.Remove(user, request.name()));
  }
  if (call.method == "enableSchedule") {
    proto::EnableScheduleRequestProto request;
    if (!ParseMessage(call.request, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await schedules_.Enable(user, request.name(), request.enabled()));
  }
  if (call.method == "runSchedule") {
    proto::RunScheduleRequestProto request;
    if (!ParseMessage(call.request, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await schedules_.RunNow(user, request.name()));
  }
  co_return rpc::NoSuchMethod(call);
}

}  // namespace mrd::jobtracker
