//! Keys over time: which ones the stored rows need, and moving rows to the newest one while the vault is in use.

use std::collections::BTreeMap;

use ringcentral::Entropy;

use crate::database::{Database, Row, integer, sql};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::keyring::Keyring;
use crate::seal::{self, Place, Sealed};
use crate::vault::Vault;

/// Rows moved to the newest key between two breaths.
const BATCH: u32 = 100;
const CHECK: &[u8] = b"ringcentral-vault key check";

/// One column with sealed bytes, as statements. All of them use the index on `(key_id, id)`.
struct SealedColumn {
    table: &'static str,
    column: &'static str,
    next_key: &'static str,
    count: &'static str,
    batch: &'static str,
    replace: &'static str,
}

macro_rules! sealed_column {
    ($table:literal, $column:literal) => {
        SealedColumn {
            table: $table,
            column: $column,
            next_key: concat!("SELECT MIN(key_id) AS key_id FROM ", $table, " WHERE key_id > $1"),
            count: concat!(
                "SELECT COUNT(*) AS rows_sealed FROM ",
                $table,
                " WHERE key_id = $1"
            ),
            batch: concat!(
                "SELECT id, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE key_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            ),
            replace: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $1, key_id = $2 WHERE id = $3 AND ",
                $column,
                " = $4"
            ),
        }
    };
}

const SEALED_COLUMNS: [SealedColumn; 2] = [
    sealed_column!("vault_logins", "sealed_tokens"),
    sealed_column!("vault_pending_logins", "sealed_login"),
];

impl SealedColumn {
    /// The ids of the keys in use: one look at the index for each, however many rows there are.
    async fn keys(&self, database: &Database) -> Result<Vec<u32>> {
        let mut keys = Vec::new();
        let mut last: i64 = -1;
        while let Some(row) = database.read_one(sql(self.next_key).bind(last)).await?
            && let Some(key) = row.get::<Option<i64>>("key_id")?
        {
            keys.push(key_id(key)?);
            last = key;
        }
        Ok(keys)
    }
}

/// What [`Vault::rotate_keys`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// Rows that are now sealed with the newest key.
    pub resealed: u64,
    /// Rows that do not open with the key they name; they were left as they are, and still count for it.
    pub unopened: u64,
}

impl Vault {
    /// Seals every row anew that is not sealed with the first key of the ring. The vault stays in use meanwhile: a row
    /// that changes in between is left to whoever changed it, and versions and leases stay as they are.
    ///
    /// # Errors
    ///
    /// [`VaultErrorKind::MissingKey`] when rows need a key that the ring does not hold; else when the database
    /// refuses. It can be called again and goes on where it stopped.
    pub async fn rotate_keys(&self) -> Result<Rotation> {
        let newest = self.inner.keys.sealing().id;
        let mut done = Rotation::default();
        for column in &SEALED_COLUMNS {
            for key in column.keys(&self.inner.database).await? {
                if key != newest {
                    self.rotate_rows(column, key, &mut done).await?;
                }
            }
        }
        Ok(done)
    }

    async fn rotate_rows(&self, column: &SealedColumn, key: u32, done: &mut Rotation) -> Result<()> {
        let mut after = String::new();
        loop {
            let batch = sql(column.batch).bind(key).bind(after.as_str()).bind(BATCH);
            let rows = self.inner.database.read(batch).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.get("id")?;
            for row in &rows {
                self.rotate_row(column, row, done).await?;
            }
        }
    }

    async fn rotate_row(&self, column: &SealedColumn, row: &Row, done: &mut Rotation) -> Result<()> {
        let (id, sealed): (String, Vec<u8>) = (row.get("id")?, row.get("sealed")?);
        let place = Place {
            table: column.table,
            column: column.column,
            row: &id,
        };
        let plaintext = match self.inner.open(place, &sealed) {
            Ok(plaintext) => plaintext,
            Err(error) if error.kind() == VaultErrorKind::Corrupt => {
                tracing::warn!(%error, "a row was not moved to the newest key");
                done.unopened += 1;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let Sealed { bytes, key_id } = self.inner.seal(place, &plaintext);
        let replace = sql(column.replace)
            .bind(bytes)
            .bind(key_id)
            .bind(id.as_str())
            .bind(sealed);
        done.resealed += self.inner.database.execute(replace).await?;
        Ok(())
    }

    /// How many rows each key seals. A key without rows can be dropped from the ring.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn rows_by_key(&self) -> Result<BTreeMap<u32, u64>> {
        let mut counts = BTreeMap::new();
        for column in &SEALED_COLUMNS {
            for key in column.keys(&self.inner.database).await? {
                if let Some(row) = self.inner.database.read_one(sql(column.count).bind(key)).await? {
                    *counts.entry(key).or_insert(0) += row.number("rows_sealed")?;
                }
            }
        }
        Ok(counts)
    }
}

/// Refuses a key ring that could not open what is stored, before anything depends on it.
pub(crate) async fn check_keys(database: &Database, keys: &Keyring, entropy: &dyn Entropy) -> Result<()> {
    for column in &SEALED_COLUMNS {
        for key in column.keys(database).await? {
            if keys.get(key).is_none() {
                return Err(seal::missing_key(key));
            }
        }
    }
    remember_key(database, keys, entropy).await?;
    for row in database
        .read(sql("SELECT id, sealed_check FROM vault_keys"))
        .await?
    {
        let id = key_id(row.get("id")?)?;
        let sealed: Vec<u8> = row.get("sealed_check")?;
        // A key that seals nothing any more may be missing.
        if keys.get(id).is_some() && seal::open(keys, check_of(&id.to_string()), &sealed).is_err() {
            return Err(VaultError::new(
                VaultErrorKind::WrongKey,
                format!("key {id} of the key ring is not the key {id} that this vault was sealed with"),
            ));
        }
    }
    Ok(())
}

/// Stores the check text of the key that will seal from now on, once.
async fn remember_key(database: &Database, keys: &Keyring, entropy: &dyn Entropy) -> Result<()> {
    let id = keys.sealing().id;
    let known = sql("SELECT id FROM vault_keys WHERE id = $1").bind(id);
    if database.read_one(known).await?.is_some() {
        return Ok(());
    }
    let Sealed { bytes, .. } = seal::seal(keys, entropy, check_of(&id.to_string()), CHECK);
    let insert = sql("INSERT INTO vault_keys (id, sealed_check) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        .bind(id)
        .bind(bytes);
    database.execute(insert).await?;
    Ok(())
}

fn check_of(row: &str) -> Place<'_> {
    Place {
        table: "vault_keys",
        column: "sealed_check",
        row,
    }
}

fn key_id(stored: i64) -> Result<u32> {
    u32::try_from(stored).map_err(|_| {
        VaultError::new(
            VaultErrorKind::Corrupt,
            format!(
                "the vault names a key {}, which is no key id",
                integer(stored.unsigned_abs())
            ),
        )
    })
}
