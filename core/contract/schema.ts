/** zod, for contracts, requests and answers; plugins and applications may use the same copy. */
export { z } from "zod";
