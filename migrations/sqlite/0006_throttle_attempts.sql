ALTER TABLE `throttles` ADD `pending` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `throttles` ADD `pending_until` integer;