ALTER TABLE `users` ADD `mood_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `task_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `practice_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `sequence_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `published_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `pose_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `stored_bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `moods` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sequences` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `practices` ADD `bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- 200 bytes for each row, as src/quotas/row-bytes.ts counts, and what was written in it.
UPDATE `moods` SET `bytes` = 200 + coalesce(octet_length(`note`), 0) + coalesce((SELECT sum(200 + octet_length(`tag`)) FROM `mood_tags` INDEXED BY `mood_tags_by_mood` WHERE `mood_tags`.`user_id` = `moods`.`user_id` AND `mood_id` = `moods`.`id`), 0);
--> statement-breakpoint
UPDATE `tasks` SET `bytes` = 200 + octet_length(`title`) + coalesce(octet_length(`description`), 0) + octet_length(`search_text`);
--> statement-breakpoint
UPDATE `sequences` SET `bytes` = 200 + octet_length(`title`) + coalesce(octet_length(`description`), 0) + octet_length(`search_text`) + octet_length(`poses`);
--> statement-breakpoint
UPDATE `practices` SET `bytes` = 200 + octet_length(`title`) + coalesce(octet_length(`note`), 0);
--> statement-breakpoint
UPDATE `users` SET
  `mood_count` = (SELECT count(*) FROM `moods` WHERE `user_id` = `users`.`id`),
  `task_count` = (SELECT count(*) FROM `tasks` WHERE `user_id` = `users`.`id`),
  `practice_count` = (SELECT count(*) FROM `practices` WHERE `user_id` = `users`.`id`),
  `sequence_count` = (SELECT count(*) FROM `sequences` WHERE `user_id` = `users`.`id`),
  `pose_count` = (SELECT count(*) FROM `poses` WHERE `user_id` = `users`.`id`),
  `published_count` = (SELECT count(*) FROM `published_sequences` WHERE `user_id` = `users`.`id`),
  `stored_bytes` = coalesce((SELECT sum(`bytes`) FROM `moods` WHERE `user_id` = `users`.`id`), 0) + coalesce((SELECT sum(`bytes`) FROM `tasks` WHERE `user_id` = `users`.`id`), 0) + coalesce((SELECT sum(`bytes`) FROM `practices` WHERE `user_id` = `users`.`id`), 0) + coalesce((SELECT sum(`bytes`) FROM `sequences` WHERE `user_id` = `users`.`id`), 0);
