CREATE TABLE `mood_imports` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`format` text NOT NULL,
	`state` text NOT NULL,
	`lease_until` integer NOT NULL,
	`first_version` integer NOT NULL,
	`last_version` integer NOT NULL,
	`summary` text NOT NULL,
	`created_at` integer NOT NULL,
	`undone_at` integer,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mood_imports_by_time` ON `mood_imports` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `moods_by_digest` ON `moods` (`user_id`,`digest`,`id`) WHERE "moods"."digest" is not null;