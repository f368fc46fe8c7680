DROP INDEX `moods_by_day`;--> statement-breakpoint
ALTER TABLE `moods` ADD `logged_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `moods` ADD `on_time` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX `moods_by_day` ON `moods` (`user_id`,`date`,`sort_at`,`id`,`on_time`);--> statement-breakpoint
UPDATE `moods` SET `logged_at` = `created_at`;
