CREATE TABLE `upgrades` (
	`name` text PRIMARY KEY NOT NULL,
	`position` text NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
ALTER TABLE `mood_tags` RENAME COLUMN `occurred_at` TO `sort_at`;--> statement-breakpoint
ALTER TABLE `moods` RENAME COLUMN `occurred_at` TO `sort_at`;--> statement-breakpoint
ALTER TABLE `moods` ADD `occurred_at` integer;--> statement-breakpoint
UPDATE `moods` SET `occurred_at` = `sort_at`;