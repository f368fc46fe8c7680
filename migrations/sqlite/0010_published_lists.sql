CREATE TABLE `published_authors` (
	`user_id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`first_name` text,
	`last_name` text
);
--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `title` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `category` text;--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `tags` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `copied_from` text;--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `pose_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `published_sequences` ADD `description` text;--> statement-breakpoint
CREATE INDEX `events_by_kind` ON `events` (`user_id`,`kind`,`id`);--> statement-breakpoint
-- What lists show of a published sequence is stored twice from now on, and counts twice, as a row more.
UPDATE `users` SET `stored_bytes` = `stored_bytes` + coalesce((SELECT sum(200 + octet_length(`title`) + coalesce(octet_length(`description`), 0) + octet_length(`search_text`)) FROM `sequences` WHERE `user_id` = `users`.`id` AND `visibility` = 'published' AND NOT `archived`), 0);
--> statement-breakpoint
UPDATE `sequences` SET `bytes` = `bytes` + 200 + octet_length(`title`) + coalesce(octet_length(`description`), 0) + octet_length(`search_text`) WHERE `visibility` = 'published' AND NOT `archived`;
