CREATE TABLE `sync_operations` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`revision` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sync_operations_by_user` ON `sync_operations` (`user_id`,`at`);--> statement-breakpoint
CREATE INDEX `sync_operations_by_time` ON `sync_operations` (`at`);--> statement-breakpoint
CREATE TABLE `installation` (
	`name` text PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `moods_by_version` ON `moods` (`user_id`,`version`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_by_version` ON `tasks` (`user_id`,`version`,`id`);--> statement-breakpoint
CREATE INDEX `sequences_by_version` ON `sequences` (`user_id`,`version`,`id`);--> statement-breakpoint
CREATE INDEX `practices_by_version` ON `practices` (`user_id`,`version`,`id`);--> statement-breakpoint
CREATE INDEX `deletions_by_version` ON `deletions` (`user_id`,`kind`,`version`,`id`);--> statement-breakpoint
INSERT INTO `installation` (`name`, `epoch`) VALUES ('this', lower(hex(randomblob(16))));
