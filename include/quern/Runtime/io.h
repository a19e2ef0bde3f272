/* Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Tensors in files: numpy's .npy and ONNX's .pb (TensorProto). Used by the
 * executables' main, by tensorcmp and by the compiler's own tools. */
#ifndef QUERN_IO_H
#define QUERN_IO_H

#include "quern/Runtime/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why something failed: one sentence, without the full stop. */
typedef struct quern_message {
  char text[1024];
} quern_message;

/* "float32", "int4", …; "type 99" is "unknown". */
const char *quern_rt_dtype_name(int32_t dtype);
/* The dtype of a name; QUERN_UNDEFINED when there is none. */
int32_t quern_rt_dtype_from_name(const char *name);
/* Bits of an element in memory: 4 for int4, 128 for a string; 0 when `dtype` is unknown. */
int32_t quern_rt_dtype_bits(int32_t dtype);
/* Elements of a shape; -1 when negative or beyond what memory can hold. */
int64_t quern_rt_element_count(int32_t rank, const int64_t *shape);
/* Bytes of a tensor; -1 as above. */
int64_t quern_rt_tensor_bytes(int32_t dtype, int32_t rank, const int64_t *shape);
/* Element `index` of a real tensor as a double (bool: 0 or 1), or one part of a complex one (`index` counts parts). */
double quern_rt_element(const quern_tensor *tensor, int64_t index);
/* Writes "float32[1,3]" to `text`, always terminated. */
void quern_rt_describe(char *text, size_t size, int32_t dtype, int32_t rank, const int64_t *shape);

/* Memory aligned to 64 bytes, to be released with free(). */
void *quern_rt_malloc(void *unused, size_t size);

/* Reads a whole file into a new tensor: .npy by its magic, else an ONNX TensorProto. Returns 0, or 1 with `message`
 * ("FILE: …") set and `tensor` untouched. */
int quern_rt_read_tensor(const char *path, quern_tensor *tensor, quern_message *message);
/* The same from memory; `path` is for messages only. */
int quern_rt_parse_npy(const char *path, const void *bytes, size_t size, quern_tensor *tensor, quern_message *message);
int quern_rt_parse_proto(const char *path, const void *bytes, size_t size, quern_tensor *tensor,
                         quern_message *message);
/* Releases what the readers made. */
void quern_rt_free_tensor(quern_tensor *tensor);

struct quern_port;

/* Reads a value of a port's kind: a tensor from a file as above; a sequence from a folder of 0.npy or 0.pb, 1.npy, …
 * (folders for sequences inside) or a SequenceProto; an optional as what is in it, or an OptionalProto. */
int quern_rt_read_value(const char *path, const struct quern_port *port, quern_value *value, quern_message *message);
/* The parts of .pb files: `kind` and `elements` of `port` say what is expected. */
int quern_rt_parse_proto_value(const char *path, const void *bytes, size_t size, const struct quern_port *port,
                               quern_value *value, quern_message *message);

/* Whether numpy has the type, so that .npy can hold it. */
int quern_rt_numpy_has(int32_t dtype);
/* Writes `count` files, all or none: each goes to a temporary file beside its destination first. A path that ends in
 * .pb gets a TensorProto called `names[i]`, any other an .npy. Returns 0, or 1 with `message` set. */
int quern_rt_write_tensors(int32_t count, const char *const *paths, const char *const *names,
                           const quern_tensor *const *tensors, quern_message *message);

#ifdef __cplusplus
}
#endif
#endif /* QUERN_IO_H */
