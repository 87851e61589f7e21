//! The label that clients put before a host.

/// What lets clients reach the two operations before whose host they put `sync-`.
pub(crate) const HOST_PREFIX_HINT: &str = "TestState and StartSyncExecution: clients put \"sync-\" before \
     the host of these two. AWS_DISABLE_HOST_PREFIX_INJECTION=true in their environment turns that \
     off (boto3 also: Config(inject_host_prefix=False)); JavaScript does not read it, and needs \
     disableHostPrefix: true";
