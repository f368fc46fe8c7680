CREATE TABLE "sync_operations" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"revision" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sync_operations_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"epoch" text collate "C" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sync_operations" ADD CONSTRAINT "sync_operations_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sync_operations_by_user" ON "sync_operations" USING btree ("user_id","at");--> statement-breakpoint
CREATE INDEX "sync_operations_by_time" ON "sync_operations" USING btree ("at");--> statement-breakpoint
CREATE INDEX "moods_by_version" ON "moods" USING btree ("user_id","version","id");--> statement-breakpoint
CREATE INDEX "tasks_by_version" ON "tasks" USING btree ("user_id","version","id");--> statement-breakpoint
CREATE INDEX "sequences_by_version" ON "sequences" USING btree ("user_id","version","id");--> statement-breakpoint
CREATE INDEX "practices_by_version" ON "practices" USING btree ("user_id","version","id");--> statement-breakpoint
CREATE INDEX "deletions_by_version" ON "deletions" USING btree ("user_id","kind","version","id");--> statement-breakpoint
INSERT INTO "installation" ("name", "epoch") VALUES ('this', replace(gen_random_uuid()::text, '-', ''));
