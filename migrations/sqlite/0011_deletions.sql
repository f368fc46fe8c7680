CREATE TABLE `deletions` (
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`revision` integer NOT NULL,
	`version` integer NOT NULL,
	`deleted_at` integer NOT NULL,
	`content` text,
	`digest` text,
	`due_at` integer NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`user_id`, `kind`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `deletions_by_time` ON `deletions` (`user_id`,`kind`,`deleted_at`,`id`);--> statement-breakpoint
CREATE INDEX `deletions_by_due_time` ON `deletions` (`due_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `practice_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `sequence_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `moods` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sequences` ADD `version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `practices` ADD `version` integer DEFAULT 0 NOT NULL;