ALTER TABLE "throttles" ADD COLUMN "pending" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "throttles" ADD COLUMN "pending_until" timestamp (3) with time zone;