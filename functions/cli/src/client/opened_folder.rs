//! The API over a data folder that no server uses, in this process.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use embedded::{SqliteStore, StoreOpenError};
use http::{Request, Response};
use protocol::StepFunctionsApi;

use super::ServerFile;
use crate::{
    account_region::{ChosenAccountRegion, RegionOrigin},
    arguments::AccountRegionArguments,
    local_machine::{DataLocation, LocalMachinePorts, StoppedMachine},
};

/// A folder whose executions stand still: `local` and `run` go on with them.
pub(crate) struct OpenedFolder {
    pub(crate) path: PathBuf,
    machine: StoppedMachine,
    api: StepFunctionsApi<LocalMachinePorts>,
}

impl OpenedFolder {
    /// Opens a folder with the region and the account of its last server; none if another process has it
    /// open.
    pub(crate) fn open(
        folder: &Path,
        region: Option<&str>,
        last_server: Option<&ServerFile>,
    ) -> anyhow::Result<Option<Self>> {
        let chosen = AccountRegionArguments::default_with_region(region).choose()?;
        let account_region = match last_server {
            Some(server) if region.is_none() => ChosenAccountRegion {
                account: server.account.clone(),
                region: server.region.clone(),
                region_origin: RegionOrigin::Option,
            },
            _ => chosen,
        };
        let opened =
            StoppedMachine::open(&DataLocation::Folder(folder.to_owned()), &account_region);
        let machine = match opened {
            Ok(machine) => machine,
            Err(error) => {
                return match error.downcast_ref::<StoreOpenError>() {
                    Some(StoreOpenError::InUse(_)) => Ok(None),
                    _ => Err(error),
                };
            }
        };
        let api = machine.api();
        Ok(Some(Self { path: folder.to_owned(), machine, api }))
    }

    pub(crate) async fn answer_request(&self, request: Request<Bytes>) -> Response<Bytes> {
        Box::pin(self.api.answer_request(request)).await
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        self.machine.store()
    }

    pub(crate) async fn close(self) {
        self.machine.close().await;
    }
}
