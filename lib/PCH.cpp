// The one source of the target that builds the shared precompiled header.
