//! Reaching a Redis, Valkey or ElastiCache server.
