// Writes docs/configuration.md and conf/*-default.xml below the source directory given as the
// argument.
#include <cstdio>
#include <string>

#include "common/base/config_docs.h"
#include "common/base/env.h"
#include "tests/support/all_keys.h"

namespace {

mrd::Status Generate(const std::string& source_dir) {
  const mrd::KeyRegistry registry = mrd::test::AllKeys();
  mrd::Env& env = mrd::Env::Posix();
  MRD_RETURN_IF_ERROR(mrd::CreateDirs(env, source_dir + "/docs"));
  MRD_RETURN_IF_ERROR(mrd::CreateDirs(env, source_dir + "/conf"));
  MRD_RETURN_IF_ERROR(mrd::WriteFileDurably(env, source_dir + "/docs/configuration.md",
                                            mrd::ConfigMarkdown(registry)));
  for (const std::string& file : mrd::ConfigFiles(registry)) {
    MRD_RETURN_IF_ERROR(mrd::WriteFileDurably(env, source_dir + "/conf/" + file + "-default.xml",
                                              mrd::DefaultSiteFile(registry, file)));
  }
  return mrd::Status::Ok();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s SOURCE_DIRECTORY\n", argv[0]);
    return 255;
  }
  const mrd::Status status = Generate(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
