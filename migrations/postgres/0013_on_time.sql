DROP INDEX "moods_by_day";--> statement-breakpoint
ALTER TABLE "moods" ADD COLUMN "logged_at" timestamp (3) with time zone DEFAULT 'epoch' NOT NULL;--> statement-breakpoint
ALTER TABLE "moods" ADD COLUMN "on_time" boolean DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX "moods_by_day" ON "moods" USING btree ("user_id","date","sort_at","id","on_time");--> statement-breakpoint
UPDATE "moods" SET "logged_at" = "created_at";
