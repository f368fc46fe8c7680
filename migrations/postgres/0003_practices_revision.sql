ALTER TABLE "practices" ADD COLUMN "digest" text collate "C";--> statement-breakpoint
ALTER TABLE "practices" ADD COLUMN "revision" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "practices" ADD COLUMN "updated_at" timestamp (3) with time zone;