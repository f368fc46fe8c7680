CREATE TABLE "upgrades" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"position" text collate "C" NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "mood_tags" RENAME COLUMN "occurred_at" TO "sort_at";--> statement-breakpoint
ALTER TABLE "moods" RENAME COLUMN "occurred_at" TO "sort_at";--> statement-breakpoint
ALTER TABLE "moods" ADD COLUMN "occurred_at" timestamp (3) with time zone;--> statement-breakpoint
UPDATE "moods" SET "occurred_at" = "sort_at";