CREATE TABLE "mood_imports" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"format" text collate "C" NOT NULL,
	"state" text collate "C" NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL,
	"first_version" integer NOT NULL,
	"last_version" integer NOT NULL,
	"summary" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"undone_at" timestamp (3) with time zone,
	CONSTRAINT "mood_imports_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
ALTER TABLE "mood_imports" ADD CONSTRAINT "mood_imports_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mood_imports_by_time" ON "mood_imports" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "moods_by_digest" ON "moods" USING btree ("user_id","digest","id") WHERE "moods"."digest" is not null;