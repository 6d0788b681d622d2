-- Until when the platform takes no token request of this login, as whoever was refused has noted. By that one's clock, as
-- last_refresh_at; what is left behind by a program that does not know of it is past by itself.
ALTER TABLE vault_logins ADD COLUMN last_refresh_not_before BIGINT;
