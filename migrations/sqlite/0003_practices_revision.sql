ALTER TABLE `practices` ADD `digest` text;--> statement-breakpoint
ALTER TABLE `practices` ADD `revision` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `practices` ADD `updated_at` integer;