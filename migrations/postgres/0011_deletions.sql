CREATE TABLE "deletions" (
	"user_id" text collate "C" NOT NULL,
	"kind" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"revision" integer NOT NULL,
	"version" integer NOT NULL,
	"deleted_at" timestamp (3) with time zone NOT NULL,
	"content" jsonb,
	"digest" text collate "C",
	"due_at" timestamp (3) with time zone NOT NULL,
	"bytes" integer NOT NULL,
	CONSTRAINT "deletions_pk" PRIMARY KEY("user_id","kind","id")
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "practice_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "sequence_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "moods" ADD COLUMN "version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sequences" ADD COLUMN "version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "practices" ADD COLUMN "version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "deletions" ADD CONSTRAINT "deletions_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deletions_by_time" ON "deletions" USING btree ("user_id","kind","deleted_at","id");--> statement-breakpoint
CREATE INDEX "deletions_by_due_time" ON "deletions" USING btree ("due_at");