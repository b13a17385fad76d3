//! HTTP for plugins: what they may reach, secrets filled in and scrubbed out, retries, polls, bodies to blobs.
