DROP INDEX "deletions_by_time";--> statement-breakpoint
CREATE INDEX "deletions_by_time" ON "deletions" USING btree ("user_id","kind","deleted_at","id") WHERE "deletions"."content" is not null;