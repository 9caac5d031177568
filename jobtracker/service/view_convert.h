#pragma once

#include <string>

#include "jobtracker/core/views.h"
#include "proto/mr/jobs.pb.h"

// The core's views as messages for clients and pages. Fields that only the service knows are left alone.
namespace mrd::jobtracker {

void ToProto(const Reason& reason, std::uint32_t tasks, mapred::proto::ReasonProto* message);
void ToProto(const JobView& view, mapred::proto::JobStatusProto* message);
void ToProto(const AttemptView& view, mapred::proto::AttemptReportProto* message);
void ToProto(const TaskView& view, mapred::proto::TaskReportProto* message);  // with its attempts
void ToProto(const TaskEvent& event, mapred::proto::TaskEventProto* message);
void ToProto(const TrackerView& view, mapred::proto::TrackerStatusProto* message);
void ToProto(const QueueView& view, mapred::proto::QueueStatusProto* message);

// "http://host:port"; an IPv6 address in brackets.
std::string HttpUrl(const std::string& host, std::uint16_t port);

}  // namespace mrd::jobtracker
