ALTER TABLE `mood_imports` ADD `kind` text DEFAULT 'mood' NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_digest` ON `tasks` (`user_id`,`digest`,`id`) WHERE "tasks"."digest" is not null;