//! Worlds beside the emulator's own: each with an address, data, clock, faults, limits and journal of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::emulator::{EmulatorConfig, StartError};
use crate::origin::Origin;
use crate::running::RunningWorld;
use crate::seed::Seed;
use crate::snapshots::is_name;

/// More are refused: each holds a port, and as much memory as its data takes.
pub(crate) const MOST: usize = 256;

/// All worlds beside the emulator's own.
pub(crate) struct Worlds {
    config: EmulatorConfig,
    origin: Arc<Origin>,
    access: Access,
    stop: CancellationToken,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    made: u64,
    worlds: BTreeMap<String, Arc<RunningWorld>>,
}

/// What a new world shall be.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Absent: a name that nobody has.
    pub(crate) name: Option<String>,
    /// Absent: the emulator's own.
    pub(crate) seed: Option<Seed>,
    /// Absent: the emulator's own.
    pub(crate) auto_approve: Option<String>,
}

impl Worlds {
    /// None yet. `stop` ends them all.
    pub(crate) fn new(
        config: &EmulatorConfig,
        origin: Arc<Origin>,
        access: Access,
        stop: CancellationToken,
    ) -> Self {
        let host = config
            .listen
            .rsplit_once(':')
            .map_or("127.0.0.1", |(host, _)| host);
        Self {
            config: EmulatorConfig {
                listen: format!("{host}:0"),
                data: None,
                ..config.clone()
            },
            origin,
            access,
            stop,
            running: Mutex::default(),
        }
    }

    /// Makes a world; it accepts connections when this returns. Answers its name, too.
    pub(crate) fn make(&self, wanted: Wanted) -> Result<(String, Arc<RunningWorld>), StartError> {
        let mut running = self.lock();
        if running.worlds.len() >= MOST {
            return Err(StartError::TooManyWorlds { most: MOST });
        }
        let name = match wanted.name {
            Some(name) if !is_name(&name) => {
                return Err(StartError::WorldName {
                    name,
                    advice: "give up to 64 letters, digits, dots, dashes and underscores".to_owned(),
                });
            }
            Some(name) if running.worlds.contains_key(&name) => {
                return Err(StartError::WorldName {
                    name,
                    advice: "there is such a world already: delete it first, or choose another name"
                        .to_owned(),
                });
            }
            Some(name) => name,
            None => loop {
                running.made += 1;
                let name = format!("world-{}", running.made);
                if !running.worlds.contains_key(&name) {
                    break name;
                }
            },
        };
        let origin = match wanted.seed {
            Some(seed) => Arc::new(self.origin.with_seed(seed)),
            None => self.origin.clone(),
        };
        let config = EmulatorConfig {
            auto_approve: wanted.auto_approve.or_else(|| self.config.auto_approve.clone()),
            ..self.config.clone()
        };
        let world = RunningWorld::open(config, origin, self.access.clone(), self.stop.child_token(), None)?;
        let world = Arc::new(world);
        running.worlds.insert(name.clone(), world.clone());
        Ok((name, world))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<RunningWorld>> {
        self.lock().worlds.get(name).cloned()
    }

    /// Names and worlds, by name.
    pub(crate) fn list(&self) -> Vec<(String, Arc<RunningWorld>)> {
        let running = self.lock();
        running
            .worlds
            .iter()
            .map(|(name, world)| (name.clone(), world.clone()))
            .collect()
    }

    /// Takes a world out and tells it to stop. It has ended when [`RunningWorld::stopped`] says so.
    pub(crate) fn remove(&self, name: &str) -> Option<Arc<RunningWorld>> {
        let world = self.lock().worlds.remove(name)?;
        world.cancel();
        Some(world)
    }

    /// Ends all worlds; returns when the last connection is closed.
    pub(crate) async fn stop(&self) {
        let worlds = std::mem::take(&mut self.lock().worlds);
        for world in worlds.values() {
            world.cancel();
        }
        for world in worlds.values() {
            world.stopped().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
