/* The C table between a plugin and whatever runs it: `mr`, a worker of the cluster, a test harness.
 *
 * Frozen: structs only grow at the end, and each starts with its size as the writer knows it, so a reader takes
 * what both sides have. MR_ABI_VERSION changes only when an old plugin could no longer run; such a plugin is
 * refused with both versions named. No C++ type and no exception crosses this boundary.
 *
 * Who calls what: the host calls the plugin's entry, then `configure` of one job, then for each task attempt
 * create/run/destroy of a stage; a stage pulls its input and pushes its output through the mr_task it is given.
 * One attempt is one thread: every call with an mr_task comes from the thread that called run().
 *
 * Strings are (data, size), not NUL-terminated; a null pointer in `data` means "no value" where that is allowed.
 */
#ifndef MR_ABI_H
#define MR_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MR_ABI_VERSION 1u

/* The one symbol that a plugin exports: const mr_plugin* mr_plugin_entry(uint32_t host_abi_version). */
#define MR_PLUGIN_ENTRY "mr_plugin_entry"

/* Return values of every function that returns int32_t. */
enum {
  MR_OK = 0,
  MR_END = 1,            /* no further record, value or group */
  MR_FAILED = 2,         /* the attempt has failed or was cancelled: unwind and return MR_FAILED */
  MR_FOREIGN_THREAD = 3, /* called from a thread that does not own the task; the attempt will fail */
  MR_NOT_FOUND = 4
};

typedef struct mr_bytes {
  const char* data;
  size_t size;
} mr_bytes;

/* One input record. Views stay valid until the next next_batch() of the same task. */
typedef struct mr_record {
  mr_bytes key;
  mr_bytes value;
  int64_t offset; /* where the record starts in its file (uncompressed bytes), or its number; -1 unknown */
} mr_record;

/* Some records in a row, all of one file. The stage sets `current` to the index that it is about to handle, so that
 * an error or a crash can name the record. */
typedef struct mr_batch {
  const mr_record* records;
  size_t count;
  volatile size_t current;
} mr_batch;

/* ---- What the host offers a running attempt ---------------------------------------------------------------------- */

typedef struct mr_task mr_task;
typedef struct mr_file mr_file;

/* How output pairs are handed over: as text ready to print, or in the key's and value's encoding. Intermediate
 * pairs (to a combiner or reducer) are always encoded. */
enum { MR_REPRESENTATION_ENCODED = 0, MR_REPRESENTATION_TEXT = 1 };

/* Facts about the attempt. The host may change input_* between two batches, never within one. */
typedef struct mr_task_info {
  uint32_t size;
  int32_t is_map;
  int32_t attempt;       /* counts from 0 */
  int32_t partition;     /* number of the map or reduce task, from 0 */
  int32_t num_maps;
  int32_t num_reduces;
  int32_t input_index;   /* which of several inputs this split belongs to */
  int32_t output_representation; /* of pairs that leave the job here: MR_REPRESENTATION_* */
  int32_t emits_output;  /* 1 when emit() writes job output (reduce, or a map-only job), 0 when intermediate */
  uint64_t seed;         /* depends on job name and task number only: the same for every attempt */
  mr_bytes job_id;
  mr_bytes job_name;
  mr_bytes task_id;
  mr_bytes attempt_id;
  mr_bytes input_file;   /* URI or path of the file being read; empty in a reduce */
  int64_t split_start;
  int64_t split_length;
  mr_bytes local_dir;    /* holds the side files of -files and -archives under their link names; empty if none */
  mr_bytes output_dir;   /* the attempt's own directory: what it writes there is published when the task commits */
} mr_task_info;

typedef struct mr_task_api {
  uint32_t size;
  uint32_t version; /* MR_ABI_VERSION of the host */

  const mr_task_info* (*info)(mr_task*);
  /* Map input: the next batch, or NULL at the end or after a failure (then failed() tells). */
  mr_batch* (*next_batch)(mr_task*);
  /* Reduce and combine input. The key view is valid until the next next_group(); the first value is fetched by
   * next_value(). Values not consumed are skipped. MR_OK, MR_END, MR_FAILED. */
  int32_t (*next_group)(mr_task*, mr_bytes* key);
  /* The next value of the group and the key that came with it (they differ within a group only under a grouping
   * comparator). Views are valid until the next call on the task. */
  int32_t (*next_value)(mr_task*, mr_bytes* key, mr_bytes* value);

  /* Named outputs. The handle is valid for the attempt. */
  int32_t (*named_output)(mr_task*, mr_bytes name, uint32_t* handle);
  int32_t (*write_named)(mr_task*, uint32_t handle, mr_bytes key, mr_bytes value);

  /* A cell of the attempt: add to it from the task's thread. NULL when the limit on counters is reached (the
   * attempt has then failed). Cells of a failed attempt are not counted. */
  int64_t* (*counter)(mr_task*, mr_bytes group, mr_bytes name);
  void (*set_status)(mr_task*, mr_bytes text);
  void (*progress)(mr_task*);
  /* Configuration: MR_OK or MR_NOT_FOUND. The view lives as long as the task. */
  int32_t (*conf_get)(mr_task*, mr_bytes name, mr_bytes* value);

  /* Ends the attempt with a message. The stage then returns MR_FAILED. */
  void (*fail)(mr_task*, mr_bytes message);
  int32_t (*failed)(mr_task*);

  /* Files, for formats and stages of the plugin: any path or URI that the host can open. Reads are positioned. */
  int32_t (*file_open)(mr_task*, mr_bytes path, mr_file** file);
  int32_t (*file_size)(mr_file*, int64_t* size);
  int32_t (*file_read)(mr_file*, int64_t offset, char* buffer, size_t size, size_t* got); /* got 0 at the end */
  /* Creates a file in the attempt's output directory (a relative path). */
  int32_t (*file_create)(mr_task*, mr_bytes path, mr_file** file);
  int32_t (*file_write)(mr_file*, const char* data, size_t size);
  int32_t (*file_close)(mr_file*); /* also frees it; a created file is complete only after MR_OK */
} mr_task_api;

/* A pair whose key has at most 15 bytes and whose value is a signed integer: the key's bytes, zeros, and in the last
 * byte the key's size plus one. */
typedef struct mr_small_pair {
  unsigned char key[16];
  int64_t value;
} mr_small_pair;

/* Pairs that the plugin writes itself, without a call for each, from pairs[count] on. Whenever the plugin calls emit(),
 * flush_small() or next_batch(), and when run() returns, count is the number of pairs that are there; the three calls may
 * change any of the three fields. When count reaches capacity, flush_small() before the next pair. */
typedef struct mr_small_batch {
  uint32_t capacity;
  uint32_t count;
  mr_small_pair* pairs;
} mr_small_batch;

/* The public part of a task; the host's own part follows it. `emit` stands here so that a pair costs one call. */
struct mr_task {
  const mr_task_api* api;
  /* Pushes a pair onward: to sort and shuffle, to the group's combined value, or to the output. Copies both. */
  int32_t (*emit)(mr_task*, const char* key, size_t key_size, const char* value, size_t value_size);
  /* Where small pairs may go instead of to emit(), or NULL when they may not; changes only within emit(), flush_small()
   * and next_batch(). Only the thread that runs the task may touch it. emit() stays right for every pair. */
  mr_small_batch* small;
  int32_t (*flush_small)(mr_task*);
};

/* ---- What a plugin offers ---------------------------------------------------------------------------------------- */

/* Combiners that the host may carry out itself, on values that are the 8-byte encoding of a signed integer
 * (big-endian, sign bit flipped). The stage must do the same. */
enum {
  MR_BUILTIN_NONE = 0,
  MR_BUILTIN_SUM_I64 = 1, /* wraps at 64 bits */
  MR_BUILTIN_MIN_I64 = 2,
  MR_BUILTIN_MAX_I64 = 3
};

/* A reducer that emits every pair of every group as it came. The host may do that itself where pairs leave encoded. */
enum { MR_BUILTIN_IDENTITY = 4 };

/* A mapper, combiner or reducer. create() makes the object of one attempt, run() does all its work (set-up, every
 * record or group, clean-up), destroy() frees it. create() returns NULL after calling fail(). */
typedef struct mr_stage {
  uint32_t size;
  int32_t builtin; /* combiners and reducers only: MR_BUILTIN_* */
  void* self;
  void* (*create)(void* self, mr_task*);
  int32_t (*run)(void* object, mr_task*);
  void (*destroy)(void* object);
  /* Names of the types, to check at submission that the stages fit together; NULL where any type will do. */
  const char* input_key;
  const char* input_value;
  const char* output_key;
  const char* output_value;
} mr_stage;

/* Which reduce gets a pair: 0 … reduces-1. Must be the same for equal keys. */
typedef struct mr_partitioner {
  uint32_t size;
  void* self;
  uint32_t (*partition)(void* self, mr_bytes key, mr_bytes value, uint32_t reduces);
} mr_partitioner;

/* Orders two encoded keys: negative, zero, positive. Must be a strict weak order; one that is not gives an
 * unspecified order, never a crash. */
typedef struct mr_comparator {
  uint32_t size;
  void* self;
  int32_t (*compare)(void* self, mr_bytes a, mr_bytes b);
} mr_comparator;

/* A piece of input: a range of a file, or whatever the format's own `payload` says. */
typedef struct mr_split {
  uint32_t size;
  mr_bytes path;
  int64_t start;
  int64_t length;
  mr_bytes payload;
} mr_split;

typedef struct mr_job mr_job;

/* What a format's reader hands over in one call: records in a row. The host sets `size` and zeroes the rest before. */
typedef struct mr_input_batch {
  uint32_t size;
  const mr_record* records;
  size_t count;   /* 1 at least */
  uint64_t holds; /* input records, such as lines, that are within these if they are blocks of several; 0: count */
} mr_input_batch;

/* An input format of the plugin. With splits == NULL the host cuts the input files as it does for text (whole files
 * when `splittable` is 0). */
typedef struct mr_input_format {
  uint32_t size;
  int32_t splittable;
  void* self;
  int32_t (*splits)(void* self, mr_job*); /* calls add_split() for each; MR_OK or MR_FAILED after fail() */
  void* (*open)(void* self, mr_task*, const mr_split*);
  int32_t (*next)(void* reader, mr_record*); /* views valid until the next call; MR_OK, MR_END, MR_FAILED */
  double (*progress)(void* reader);          /* 0 … 1 */
  void (*close)(void* reader);
  /* Instead of next(), unless NULL: views valid until the next call; MR_OK, MR_END, MR_FAILED. A host that does not know
   * it calls next(). */
  int32_t (*next_batch)(void* reader, mr_input_batch*);
} mr_input_format;

/* An output format of the plugin: turns pairs into the bytes of one part file. The host opens and closes the file. */
typedef struct mr_output_format {
  uint32_t size;
  int32_t representation; /* MR_REPRESENTATION_* wanted from emit() */
  const char* extension;  /* ".csv", or NULL */
  void* self;
  void* (*open)(void* self, mr_task*, mr_file*);
  int32_t (*write)(void* writer, mr_bytes key, mr_bytes value);
  int32_t (*close)(void* writer); /* last bytes go to the file before it returns */
} mr_output_format;

/* Where a committer's step happens. Paths are URIs or paths of the output's file system. */
typedef struct mr_commit {
  uint32_t size;
  void* host;
  void (*fail)(const struct mr_commit*, mr_bytes message);
  mr_bytes output_dir;
  mr_bytes attempt_dir; /* empty in the job's steps */
  mr_bytes task_id;     /* empty in the job's steps */
} mr_commit;

/* Steps of the plugin, run beside the host's own commit: after its set-up, before a task's files are published,
 * after everything is published but before _SUCCESS, and on failure. Each may be NULL. MR_OK or MR_FAILED. */
typedef struct mr_committer {
  uint32_t size;
  void* self;
  int32_t (*setup_job)(void* self, const mr_commit*);
  int32_t (*commit_task)(void* self, const mr_commit*);
  int32_t (*commit_job)(void* self, const mr_commit*);
  int32_t (*abort_job)(void* self, const mr_commit*);
} mr_committer;

/* One option or positional argument of a job, for --help and for checking what a user typed. */
enum { MR_OPTION_STRING = 0, MR_OPTION_INT = 1, MR_OPTION_DOUBLE = 2, MR_OPTION_BOOL = 3 };

typedef struct mr_option {
  uint32_t size;
  int32_t type;
  int32_t positional; /* 1: a required argument after INPUT… OUTPUT, in order of declaration; 0: --name VALUE */
  const char* name;
  const char* default_value; /* text form; NULL: required */
  const char* help;
} mr_option;

/* How pairs are split among reduces when no partitioner is set. */
enum {
  MR_PARTITION_HASH = 0, /* XXH3-64 of the encoded key (or of its prefix, see set_key_prefix), modulo the reduces */
  MR_PARTITION_RANGE = 1 /* total order: cut points sampled from what the mapper emits, before the job starts */
};

/* What a plugin may call while `configure` runs. Structs are copied; what `self` points to must live as long as the
 * plugin is loaded or until the release callback given to own() is called. */
typedef struct mr_job_api {
  uint32_t size;
  uint32_t version;

  /* Declares an option or argument and gives its value as text (its default while the host only describes the job). */
  int32_t (*option)(mr_job*, const mr_option*, mr_bytes* value);
  int32_t (*conf_get)(mr_job*, mr_bytes name, mr_bytes* value);
  /* Sets a property as the program's choice: it yields to nothing but a <final> one. */
  int32_t (*conf_set)(mr_job*, mr_bytes name, mr_bytes value);

  /* input_index 0 is the default; further indices belong to inputs added by add_input(). */
  void (*set_mapper)(mr_job*, uint32_t input_index, const mr_stage*);
  void (*set_combiner)(mr_job*, const mr_stage*);
  void (*set_reducer)(mr_job*, const mr_stage*);
  void (*set_partitioner)(mr_job*, const mr_partitioner*);
  void (*set_partition_kind)(mr_job*, int32_t kind);
  void (*set_sort_comparator)(mr_job*, const mr_comparator*);
  void (*set_group_comparator)(mr_job*, const mr_comparator*);
  /* Secondary sort in one call: the first prefix(self, key) bytes of the encoded key decide the reduce and the group,
   * the whole key decides the order. */
  void (*set_key_prefix)(mr_job*, void* self, size_t (*prefix)(void* self, mr_bytes key));
  /* Formats of the host by name ("text", "keyvalue"), or of the plugin. */
  int32_t (*set_input_format_name)(mr_job*, uint32_t input_index, mr_bytes name);
  void (*set_input_format)(mr_job*, uint32_t input_index, const mr_input_format*);
  int32_t (*set_output_format_name)(mr_job*, mr_bytes name);
  void (*set_output_format)(mr_job*, const mr_output_format*);
  void (*add_named_output)(mr_job*, mr_bytes name, const mr_output_format* or_null);
  void (*set_committer)(mr_job*, const mr_committer*);
  /* Inputs and output beyond, or instead of, those of the command line. */
  void (*add_input)(mr_job*, mr_bytes path, uint32_t input_index);
  void (*set_output)(mr_job*, mr_bytes path);
  /* The job takes no INPUT on the command line (its input format makes its own splits), or no OUTPUT. */
  void (*takes_no_input)(mr_job*);
  void (*takes_no_output)(mr_job*);
  /* Part files are created at the first record only. */
  void (*set_lazy_output)(mr_job*);
  void (*add_split)(mr_job*, const mr_split*);
  /* release(object) is called when the job's definition is dropped, in reverse order. */
  void (*own)(mr_job*, void* object, void (*release)(void*));
  void (*fail)(mr_job*, mr_bytes message);
  /* Command-line inputs are bound to this input index: the n-th INPUT to index n (join left right OUT). */
  void (*bind_inputs_in_order)(mr_job*);
} mr_job_api;

struct mr_job {
  const mr_job_api* api;
};

typedef struct mr_pair {
  mr_bytes name;
  mr_bytes value;
} mr_pair;

/* One run of a job of the same plugin, asked for by a driver. */
typedef struct mr_job_request {
  uint32_t size;
  mr_bytes job;
  const mr_bytes* inputs;
  size_t input_count;
  mr_bytes output;
  const mr_pair* options; /* the job's own options and arguments, by name */
  size_t option_count;
  const mr_pair* properties; /* configuration */
  size_t property_count;
} mr_job_request;

typedef struct mr_driver mr_driver;

typedef struct mr_driver_api {
  uint32_t size;
  uint32_t version;
  /* Runs the job to its end; MR_OK or MR_FAILED (error() then says why). *run numbers the runs of this driver. */
  int32_t (*run)(mr_driver*, const mr_job_request*, uint32_t* run);
  int32_t (*counter)(mr_driver*, uint32_t run, mr_bytes group, mr_bytes name, int64_t* value);
  mr_bytes (*error)(mr_driver*);
  int32_t (*conf_get)(mr_driver*, mr_bytes name, mr_bytes* value);
  /* Files of whatever file system the job runs on. */
  int32_t (*read_file)(mr_driver*, mr_bytes path, void* sink, void (*chunk)(void* sink, mr_bytes));
  int32_t (*list_files)(mr_driver*, mr_bytes path, void* sink, void (*file)(void* sink, mr_bytes path));
  int32_t (*exists)(mr_driver*, mr_bytes path);  /* 1 or 0 */
  int32_t (*remove)(mr_driver*, mr_bytes path);  /* recursive */
  int32_t (*write_file)(mr_driver*, mr_bytes path, mr_bytes content);
} mr_driver_api;

struct mr_driver {
  const mr_driver_api* api;
};

/* One thing that can be run: a job (configure) or a driver (main). Exactly one of the two is set. */
typedef struct mr_job_entry {
  uint32_t size;
  const char* name;
  const char* description;
  int32_t (*configure)(mr_job*);
  int32_t (*main)(mr_driver*, int argc, const char* const* argv); /* returns the exit status */
  const char* usage; /* drivers: the arguments in one line, or NULL */
  int32_t internal;  /* 1: a round of a driver, not offered on the command line unless named */
} mr_job_entry;

typedef struct mr_plugin {
  uint32_t size;
  uint32_t abi_version;    /* MR_ABI_VERSION that the plugin was built with */
  const char* sdk_version; /* "0.1.0" */
  const char* compiler;
  size_t job_count;
  const mr_job_entry* const* jobs;
} mr_plugin;

typedef const mr_plugin* (*mr_plugin_entry_fn)(uint32_t host_abi_version);

#ifdef __cplusplus
}
#endif

#endif /* MR_ABI_H */
