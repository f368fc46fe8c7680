CREATE TABLE `emails` (
	`folded` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mood_tags` (
	`user_id` text NOT NULL,
	`tag` text NOT NULL,
	`date` text NOT NULL,
	`occurred_at` integer NOT NULL,
	`mood_id` text NOT NULL,
	PRIMARY KEY(`user_id`, `tag`, `date`, `occurred_at`, `mood_id`),
	FOREIGN KEY (`user_id`,`mood_id`) REFERENCES `moods`(`user_id`,`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mood_tags_by_mood` ON `mood_tags` (`user_id`,`mood_id`);--> statement-breakpoint
CREATE TABLE `moods` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`date` text NOT NULL,
	`date_source` text NOT NULL,
	`occurred_at` integer NOT NULL,
	`timezone` text NOT NULL,
	`mood` text NOT NULL,
	`valence` real,
	`note` text,
	`tags` text NOT NULL,
	`digest` text,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `moods_by_day` ON `moods` (`user_id`,`date`,`occurred_at`,`id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`cookie_hash` text NOT NULL,
	`refresh_hash` text NOT NULL,
	`replaced_refresh_hash` text,
	`refreshed_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `usernames` (
	`folded` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`email` text,
	`first_name` text,
	`last_name` text,
	`role` text NOT NULL,
	`password_hash` text,
	`timezone` text,
	`day_starts_at` integer NOT NULL,
	`mood_min` real NOT NULL,
	`mood_max` real NOT NULL,
	`mood_version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
