# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# quern_add_library(NAME sources… [DEPENDS targets…] [ONNX] [EXCEPTIONS])
#   Adds one layer of the compiler as the object library `obj.NAME`; all layers
#   are linked into the one shared library QuernCompiler, so that every tool,
#   plugin and binding shares one copy of each dialect (and of its TypeIDs).
#   ONNX shares the precompiled header that knows the `onnx` dialect.
#   EXCEPTIONS compiles the layer with C++ exceptions (none may leave it).

set_property(GLOBAL PROPERTY QUERN_LIBS "")

function(quern_add_library name)
  cmake_parse_arguments(ARG "EXCEPTIONS;ONNX" "" "DEPENDS" ${ARGN})
  add_library(obj.${name} OBJECT ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(obj.${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  add_dependencies(obj.${name} QuernTablegen ${ARG_DEPENDS})
  if(ARG_EXCEPTIONS)
    target_compile_options(obj.${name} PRIVATE -fexceptions)
  else()
    set(pch obj.QuernPCH)
    if(ARG_ONNX)
      set(pch obj.QuernONNXPCH)
    endif()
    target_precompile_headers(obj.${name} REUSE_FROM ${pch})
    add_dependencies(obj.${name} ${pch})
  endif()
  set_property(GLOBAL APPEND PROPERTY QUERN_LIBS obj.${name})
endfunction()

# quern_add_tool(NAME sources… [LIBS libraries…])
#   An executable over libQuernCompiler, in bin/.
function(quern_add_tool name)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} QuernTablegen)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} QuernCompiler MLIR LLVM)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin
    BUILD_RPATH "${CMAKE_BINARY_DIR}/lib;${LLVM_LIBRARY_DIRS}"
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${LLVM_LIBRARY_DIRS}")
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
