/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tensors from and to files. Outputs are written whole or not at all: to a
 * temporary file beside the destination, renamed when all is on disk. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void quern_append(quern_buffer *buffer, const void *bytes, size_t size) {
  if (buffer->failed || !size)
    return;
  if (size > buffer->capacity - buffer->size) {
    size_t capacity = buffer->capacity * 2 + size + 64;
    char *data = capacity < PTRDIFF_MAX ? realloc(buffer->data, capacity) : NULL;
    if (!data) {
      buffer->failed = true;
      return;
    }
    buffer->data = data;
    buffer->capacity = capacity;
  }
  memcpy(buffer->data + buffer->size, bytes, size);
  buffer->size += size;
}

/* --- reading -------------------------------------------------------------- */

static bool read_all(const char *path, int fd, quern_buffer *buffer, quern_message *message) {
  struct stat info;
  if (fstat(fd, &info))
    return quern_say(message, "%s: cannot be read: %s", path, strerror(errno));
  if (S_ISDIR(info.st_mode))
    return quern_say(message, "%s: is a folder; expects an .npy or .pb file", path);
  /* One byte more than the file has, so that its end is seen without growing. */
  size_t capacity = S_ISREG(info.st_mode) && info.st_size > 0 ? (size_t)info.st_size + 1 : 1 << 16;
  for (;;) {
    if (buffer->size == buffer->capacity) {
      size_t grown = buffer->capacity ? buffer->capacity * 2 : capacity;
      char *data = grown < PTRDIFF_MAX ? realloc(buffer->data, grown) : NULL;
      if (!data)
        return quern_say(message, "%s: no memory for its %zu bytes", path, grown);
      buffer->data = data;
      buffer->capacity = grown;
    }
    ssize_t count = read(fd, buffer->data + buffer->size, buffer->capacity - buffer->size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return quern_say(message, "%s: cannot be read: %s", path, strerror(errno));
    if (count == 0)
      return true;
    buffer->size += (size_t)count;
  }
}

bool quern_read_file(const char *path, quern_buffer *file, quern_message *message) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return quern_say(message, "%s: cannot be opened: %s", path, strerror(errno));
  bool good = read_all(path, fd, file, message);
  close(fd);
  return good;
}

int quern_rt_read_tensor(const char *path, quern_tensor *tensor, quern_message *message) {
  quern_buffer file = {0};
  int failed = !quern_read_file(path, &file, message);
  if (!failed) {
    /* The name tells when the magic cannot, so that the message fits a damaged file. */
    bool npy = quern_ends_with(path, ".npy") || (file.size >= 6 && !memcmp(file.data, "\x93NUMPY", 6));
    failed = npy ? quern_rt_parse_npy(path, file.data, file.size, tensor, message)
                 : quern_rt_parse_proto(path, file.data, file.size, tensor, message);
  }
  free(file.data);
  return failed;
}

/* --- writing -------------------------------------------------------------- */

/* A file on its way: `temporary` is NULL where the destination is no regular file (/dev/stdout, a pipe). */
typedef struct pending {
  char *temporary, *final;
  int fd;
} pending;

static bool write_all(int fd, const void *bytes, size_t size) {
  for (const char *at = bytes; size > 0;) {
    ssize_t count = write(fd, at, size < 1 << 30 ? size : 1 << 30);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    at += count;
    size -= (size_t)count;
  }
  return true;
}

static bool start(const char *path, pending *file) {
  struct stat info;
  file->fd = -1;
  bool exists = !stat(path, &info);
  if (exists && S_ISDIR(info.st_mode)) {
    errno = EISDIR;
    return false;
  }
  if (exists && !S_ISREG(info.st_mode))
    return (file->fd = open(path, O_WRONLY | O_CLOEXEC)) >= 0;
  /* The file behind a link is replaced, not the link. */
  file->final = exists ? realpath(path, NULL) : strdup(path);
  if (!file->final || (exists && access(file->final, W_OK)))
    return false;
  size_t size = strlen(file->final) + sizeof ".XXXXXX";
  if (!(file->temporary = malloc(size)))
    return false;
  snprintf(file->temporary, size, "%s.XXXXXX", file->final);
  file->fd = mkostemp(file->temporary, O_CLOEXEC);
  if (file->fd < 0) {
    free(file->temporary);
    file->temporary = NULL;
    return false;
  }
  mode_t mask = umask(0);
  umask(mask);
  return !fchmod(file->fd, exists ? info.st_mode & 0777 : 0666 & ~mask);
}

static bool cannot_write(const char *path, quern_message *message) {
  return quern_say(message, "%s: cannot be written: %s", path, strerror(errno));
}

/* A file of a tensor, or of `bytes`, which it takes over. */
static bool push(quern_files *files, const char *path, const char *ending, quern_file file, quern_message *message) {
  if (files->count == files->capacity) {
    int32_t capacity = files->capacity * 2 + 8;
    quern_file *grown = realloc(files->items, (size_t)capacity * sizeof *grown);
    if (!grown) {
      free(file.bytes.data);
      return quern_say(message, "%s: no memory", path);
    }
    files->items = grown;
    files->capacity = capacity;
  }
  size_t size = strlen(path) + strlen(ending) + 1;
  if ((file.path = malloc(size)))
    snprintf(file.path, size, "%s%s", path, ending);
  files->items[files->count++] = file;
  return file.path || quern_say(message, "%s: no memory", path);
}

bool quern_add_file(quern_files *files, const char *path, bool stem, const char *name, const quern_tensor *tensor,
                    quern_message *message) {
  const char *ending = !stem ? "" : quern_rt_numpy_has(tensor->dtype) ? ".npy" : ".pb";
  return push(files, path, ending, (quern_file){.name = name ? name : "", .tensor = *tensor}, message);
}

bool quern_add_bytes(quern_files *files, const char *path, quern_buffer *bytes, quern_message *message) {
  return push(files, path, "", (quern_file){.bytes = *bytes}, message);
}

void quern_free_files(quern_files *files) {
  for (int32_t i = 0; i < files->count; ++i) {
    free(files->items[i].path);
    free(files->items[i].bytes.data);
    quern_rt_free_tensor(&files->items[i].owned);
  }
  free(files->items);
  *files = (quern_files){0};
}

static bool write_one(const quern_file *what, pending *file, quern_message *message) {
  const quern_tensor *tensor = &what->tensor;
  quern_buffer head = {0}, payload = {0};
  bool good = !what->name || (quern_ends_with(what->path, ".pb")
                                  ? quern_proto_encode(what->path, what->name, tensor, &head, &payload, message)
                                  : quern_npy_encode(what->path, tensor, &head, &payload, message));
  if (good) {
    const quern_buffer *bytes = !what->name ? &what->bytes : tensor->dtype == QUERN_STRING ? &payload : NULL;
    const void *body = bytes ? bytes->data : tensor->data;
    size_t size = bytes ? bytes->size : (size_t)quern_rt_tensor_bytes(tensor->dtype, tensor->rank, tensor->shape);
    good = start(what->path, file) && write_all(file->fd, head.data, head.size) && write_all(file->fd, body, size);
    if (good) {
      /* A full disk may show only now. */
      int fd = file->fd;
      file->fd = -1;
      good = !close(fd);
    }
    if (!good)
      cannot_write(what->path, message);
  }
  free(head.data);
  free(payload.data);
  return good;
}

bool quern_write_files(const quern_files *list, quern_message *message) {
  int32_t count = list->count;
  pending *files = calloc((size_t)count + 1, sizeof *files);
  if (!files)
    return quern_say(message, "no memory for %d outputs", count);
  for (int32_t i = 0; i < count; ++i)
    files[i].fd = -1;
  bool good = true;
  for (int32_t i = 0; i < count && good; ++i)
    good = write_one(&list->items[i], &files[i], message);
  for (int32_t i = 0; i < count && good; ++i)
    if (files[i].temporary) {
      good = !rename(files[i].temporary, files[i].final) || cannot_write(list->items[i].path, message);
      if (good) {
        free(files[i].temporary);
        files[i].temporary = NULL;
      }
    }
  for (int32_t i = 0; i < count; ++i) {
    if (files[i].fd >= 0)
      close(files[i].fd);
    if (files[i].temporary)
      unlink(files[i].temporary);
    free(files[i].temporary);
    free(files[i].final);
  }
  free(files);
  return good;
}

int quern_rt_write_tensors(int32_t count, const char *const *paths, const char *const *names,
                           const quern_tensor *const *tensors, quern_message *message) {
  quern_files files = {0};
  bool good = true;
  for (int32_t i = 0; i < count && good; ++i)
    good = quern_add_file(&files, paths[i], false, names[i], tensors[i], message);
  good = good && quern_write_files(&files, message);
  quern_free_files(&files);
  return !good;
}
