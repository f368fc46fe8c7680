CREATE TABLE "published_authors" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"username" text collate "C" NOT NULL,
	"first_name" text collate "C",
	"last_name" text collate "C"
);
--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "title" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "category" text collate "C";--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "tags" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "copied_from" text collate "C";--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "pose_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "published_sequences" ADD COLUMN "description" text collate "C";--> statement-breakpoint
CREATE INDEX "events_by_kind" ON "events" USING btree ("user_id","kind","id");--> statement-breakpoint
-- What lists show of a published sequence is stored twice from now on, and counts twice, as a row more.
UPDATE "users" SET "stored_bytes" = "stored_bytes" + coalesce((SELECT sum(200 + octet_length("title") + coalesce(octet_length("description"), 0) + octet_length("search_text")) FROM "sequences" WHERE "user_id" = "users"."id" AND "visibility" = 'published' AND NOT "archived"), 0);
--> statement-breakpoint
UPDATE "sequences" SET "bytes" = "bytes" + 200 + octet_length("title") + coalesce(octet_length("description"), 0) + octet_length("search_text") WHERE "visibility" = 'published' AND NOT "archived";
